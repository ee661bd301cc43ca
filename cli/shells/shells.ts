// Which shells complete command lines of opcode, and where each looks for that.

import { dirname, join } from "node:path";
import { quoted } from "../quoted.ts";
import { bashCompletion } from "./bash.ts";
import { fishCompletion } from "./fish.ts";
import type { Tree } from "./tree.ts";
import { zshCompletion } from "./zsh.ts";

export interface UserPlaces {
  home: string;
  env: Readonly<Record<string, string | undefined>>;
}

export interface Shell {
  name: string;
  script(tree: Tree): string;
  /** Where a user's completions are. */
  file(places: UserPlaces): string;
  /** What else it needs, once. */
  needs?(file: string): string;
}

const dataOf = ({ home, env }: UserPlaces) => env.XDG_DATA_HOME || join(home, ".local/share");
const configOf = ({ home, env }: UserPlaces) => env.XDG_CONFIG_HOME || join(home, ".config");

export const SHELLS: readonly Shell[] = [
  {
    name: "bash",
    script: bashCompletion,
    file: (places) => join(dataOf(places), "bash-completion/completions/opcode"),
    needs: (file) =>
      `bash looks there where bash-completion is loaded; elsewhere ~/.bashrc needs: source ${
        quoted(file)
      }`,
  },
  {
    name: "zsh",
    script: zshCompletion,
    file: (places) => join(dataOf(places), "zsh/site-functions/_opcode"),
    needs: (file) =>
      `zsh looks there once ~/.zshrc has: fpath=(${
        quoted(dirname(file))
      } $fpath); autoload -Uz compinit; compinit`,
  },
  {
    name: "fish",
    script: fishCompletion,
    file: (places) => join(configOf(places), "fish/completions/opcode.fish"),
  },
];

/** Where `man opcode` finds the manual page of a user whose programs are in ~/.local/bin. */
export function manFile(places: UserPlaces): string {
  return join(dataOf(places), "man/man1/opcode.1");
}
