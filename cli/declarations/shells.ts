// Which commands help at the command line itself: completion and the manual page.

import { either } from "../either.ts";
import { choiceOf } from "../option-values.ts";
import { VERSION } from "../version.ts";
import { type CommandLine, declare } from "./declare.ts";

const SHELL_NAMES = ["bash", "zsh", "fish"];

export function shellCommands(line: CommandLine): void {
  const { program, done } = line;
  declare(line, {
    usage: "completion <shell>",
    words: { shell: SHELL_NAMES },
    about: `print what completes command lines in ${either(SHELL_NAMES)}; install puts it in place`,
    group: "Daemon:",
    globals: [],
    examples: ["completion bash > opcode.bash"],
  }).action(async (name: string) => {
    choiceOf("SHELL", SHELL_NAMES)(name);
    const { SHELLS } = await import("../shells/shells.ts");
    const { treeOf } = await import("../shells/tree.ts");
    process.stdout.write(SHELLS.find((shell) => shell.name === name)!.script(treeOf(program)));
    done(0);
  });
  declare(line, {
    usage: "man",
    about: "print the manual page; install puts it in place",
    group: "Daemon:",
    globals: [],
    examples: ["man | man -l -"],
  }).action(async () => {
    const { manPage } = await import("../shells/man.ts");
    const { treeOf } = await import("../shells/tree.ts");
    process.stdout.write(manPage(treeOf(program), VERSION));
    done(0);
  });
}
