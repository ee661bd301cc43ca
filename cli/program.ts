// What a command line may hold: the flags of all commands, and the commands by group.

import { Command } from "commander";
import { CALLED } from "./called.ts";
import { DEFAULT_AGENT } from "./context.ts";
import { daemonCommands } from "./tree/daemon.ts";
import { listCommands } from "./tree/lists.ts";
import { secretCommands } from "./tree/secrets.ts";
import { refuseIdleFlags, type Tree } from "./tree/tree.ts";
import { workflowCommands } from "./tree/workflows.ts";

/** Builds the command tree; `done` receives the exit code of the command that ran. */
export function buildProgram(done: (code: number) => void): Command {
  const program = new Command(CALLED)
    .description("The execution layer for AI agents: define a workflow once, run it for ever.")
    .usage("[flags] [command]")
    .helpCommand(false)
    .helpOption("-h, --help", "print this help")
    .configureHelp({ showGlobalOptions: true })
    .showSuggestionAfterError(true)
    .option("--json", "print JSON, failures too")
    .option("--url <url>", "the daemon's URL (default: the one running for this data directory)")
    .option("--agent <id>", "who is asking", DEFAULT_AGENT)
    .addHelpText(
      "after",
      [
        "",
        "Examples:",
        `  ${CALLED} serve`,
        `  ${CALLED} define checksum.json`,
        `  ${CALLED} run checksum --param path=$PWD/LICENSE`,
        "",
        `${CALLED} COMMAND --help explains one command; --version prints the version.`,
        "Exit codes: 0 done, 1 failed or cancelled, 2 wrong command line, 3 suspended.",
      ].join("\n"),
    );
  program.hook("preAction", refuseIdleFlags);
  const tree: Tree = { program, done };
  workflowCommands(tree);
  listCommands(tree);
  secretCommands(tree);
  daemonCommands(tree);
  return program;
}
