// How tests press Tab in a real shell, and read what it makes of the line.

import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { scratch } from "./scratch.ts";
import { noTerminal, shellAtTerminal, type Terminal } from "./terminal.ts";

/** Why the program cannot be tried here; false where it can. */
export const lacking = (program: string): string | false =>
  spawnSync(program, ["--version"]).error !== undefined && `${program} is not installed`;

/** The same for a shell that somebody types into. */
export const noShell = (shell: "bash" | "zsh"): string | false => noTerminal || lacking(shell);

/** A user who has nothing yet, and one program: an `opcode` that leaves a mark when it is started. */
export class User {
  readonly home: string;
  /** The only directory of PATH once the shell is there. */
  readonly bin: string;

  constructor(t: TestContext) {
    this.home = scratch(t);
    this.bin = join(this.home, "bin");
    mkdirSync(this.bin);
    const program = join(this.bin, "opcode");
    writeFileSync(program, '#!/bin/sh\n: > "$0.started"\n');
    chmodSync(program, 0o755);
  }

  get wasStarted(): boolean {
    return existsSync(join(this.bin, "opcode.started"));
  }

  /** Where the shells look beside HOME is not where the tester's are. */
  get env(): Record<string, string> {
    const { home } = this;
    return {
      ...{ HOME: home, ZDOTDIR: home, XDG_DATA_HOME: "", XDG_CONFIG_HOME: "" },
      ...{ XDG_CACHE_HOME: join(home, ".cache"), BASH_COMPLETION_USER_DIR: "" },
    };
  }

  write(name: string, text: string): string {
    const file = join(this.home, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  }
}

/** The words, without what some shells put around them: `--names=dots` for `dots`, `--names=` for the flag. */
export function offered(words: string[]): string[] {
  const bare = words.map((word) => word.replace(/^--[\w-]+=(?=.)/, "").replace(/=$/, ""));
  return [...new Set(bare)].toSorted();
}

/** A shell at a terminal of its own, in which a key inserts all that Tab would offer. */
export class Typing {
  readonly #terminal: Terminal;
  readonly #prompted: Promise<void>;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
    this.#prompted = terminal.sees(PROMPT);
  }

  /** What there is to choose from at the end of the line. */
  async offers(line: string): Promise<string[]> {
    const typed = await this.#press(line, ALL);
    if (typed === line) return [];
    return offered(typed.slice(line.lastIndexOf(" ") + 1).split(/ +/).filter((one) => one !== ""));
  }

  /** What becomes of the line. */
  tab(line: string): Promise<string> {
    return this.#press(line, "\t");
  }

  /** Waits until the list of what there is to choose from shows the text. */
  async list(line: string, text: string): Promise<void> {
    await this.#prompted;
    this.#terminal.type(`${line}${LIST}`);
    await this.#terminal.sees(text);
    await this.#press("", "");
  }

  /** What the shell has said of what it could not do. */
  get faults(): string[] {
    const lines = this.#terminal.shown.split(/[\r\n]+/);
    return lines.filter((line) => /not found|unbound|parse error|bad |_opcode.*:/.test(line));
  }

  async #press(line: string, keys: string): Promise<string> {
    await this.#prompted;
    this.#terminal.type(`${line}${keys}${SAY}`);
    await this.#terminal.sees("LINE<");
    const from = this.#terminal.shown.lastIndexOf("LINE<") + 5;
    await this.#terminal.sees(">END");
    return this.#terminal.shown.slice(from, this.#terminal.shown.lastIndexOf(">END"));
  }
}

const PROMPT = "READY:";
/** Inserts all that is offered; says the line, and empties it; lists what is offered. */
const [ALL, SAY, LIST] = ["\x18a", "\x18s", "\x18l"];

/** A bash that reads `startup` as it starts; without a file of the machine. */
export function typingInBash(t: TestContext, user: User, startup: string): Typing {
  const file = user.write(
    "bashrc",
    `${startup}
PS1='${PROMPT}' PATH=${user.bin}
bind 'set bell-style none'
bind 'set enable-bracketed-paste off'
bind '"\\C-xa": insert-completions'
bind '"\\C-xl": possible-completions'
said() { printf 'LINE<%s>%s\\n' "$READLINE_LINE" END; READLINE_LINE= READLINE_POINT=0; }
bind -x '"\\C-xs": said'
`,
  );
  const { env } = user;
  return new Typing(
    shellAtTerminal(t, `exec bash --noprofile --rcfile '${file}' -i`, { env, cwd: user.home }),
  );
}

/** A zsh whose `.zshrc` is `startup`; `global`: with the files of the machine before it. */
export function typingInZsh(
  t: TestContext,
  user: User,
  startup: string,
  { global = false } = {},
): Typing {
  user.write(
    ".zshrc",
    `${startup}
PROMPT='${PROMPT}' path=(${user.bin})
unset zle_bracketed_paste
unsetopt prompt_sp beep
all() { comppostfuncs=(inserted); zle complete-word }
inserted() { compstate[insert]=all compstate[list]= }
said() { zle -I; print -r -- "LINE<$BUFFER>"END; BUFFER= }
zle -N all; zle -N said
bindkey -e '^Xa' all '^Xs' said '^Xl' list-choices
`,
  );
  const { env } = user;
  return new Typing(
    shellAtTerminal(t, `exec zsh ${global ? "" : "-d "}-i`, { env, cwd: user.home }),
  );
}

/** What fish offers at the end of a line: the words, each with what is said of it. */
export function fishOffers(user: User, lines: string[], startup = ""): Record<string, string>[] {
  const script = `${startup}
set PATH ${user.bin}
for line in $argv
  complete -C $line
  echo END
end`;
  const { stdout, stderr, status } = spawnSync("fish", ["-c", script, ...lines], {
    encoding: "utf8",
    env: { ...process.env, ...user.env },
    cwd: user.home,
  });
  if (status !== 0 || stderr !== "") throw new Error(`fish ended with ${status}: ${stderr}`);
  return stdout.split("END\n").slice(0, -1).map((answer) =>
    Object.fromEntries(
      answer.split("\n").filter((line) => line !== "").map((line) => {
        const [word, said = ""] = line.split("\t");
        return [word!, said];
      }),
    )
  );
}
