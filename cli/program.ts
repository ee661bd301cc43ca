// What a command line may hold: the flags of all commands, and the commands by group.

import { Command } from "commander";
import { CALLED } from "./called.ts";
import { DEFAULT_AGENT } from "./context.ts";
import { daemonCommands } from "./declarations/daemon.ts";
import { decisionCommands } from "./declarations/decisions.ts";
import { hookCommands } from "./declarations/hooks.ts";
import { listCommands } from "./declarations/lists.ts";
import { releaseCommands } from "./declarations/releases.ts";
import { scheduleCommands } from "./declarations/schedules.ts";
import { secretCommands } from "./declarations/secrets.ts";
import { type CommandLine, globalsOf, refuseIdleFlags } from "./declarations/declare.ts";
import { serviceCommands } from "./declarations/services.ts";
import { shellCommands } from "./declarations/shells.ts";
import { workflowCommands } from "./declarations/workflows.ts";

/** Declares all of it; `done` receives the exit code of the command that ran. */
export function buildProgram(done: (code: number) => void): Command {
  const program: Command = new Command(CALLED)
    .description("The execution layer for AI agents: define a workflow once, run it for ever.")
    .usage("[flags] [command]")
    .helpCommand(false)
    .helpOption("-h, --help", "print this help")
    .configureHelp({
      showGlobalOptions: true,
      visibleGlobalOptions: (command) => globalsOf(program, command),
    })
    .showSuggestionAfterError(true)
    .option("--json", "print JSON, failures too")
    .option("--url <url>", "the daemon's URL (default: the one running for this data directory)")
    .option("--agent <id>", `who is asking (default: ${DEFAULT_AGENT}, or whose token it is)`)
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
        "Exit codes: 0 done, 1 failed or cancelled, 2 wrong command line, 3 suspended, 4 no daemon.",
      ].join("\n"),
    );
  program.hook("preAction", refuseIdleFlags);
  const line: CommandLine = { program, done };
  workflowCommands(line);
  decisionCommands(line);
  listCommands(line);
  scheduleCommands(line);
  hookCommands(line);
  secretCommands(line);
  daemonCommands(line);
  serviceCommands(line);
  releaseCommands(line);
  shellCommands(line);
  return program;
}
