// Which commands are about the program itself: another version of it, and whether it works here.

import type { GlobalFlags } from "../context.ts";
import { type CommandLine, declare } from "./declare.ts";

const group = "Daemon:";

export function releaseCommands(line: CommandLine): void {
  declareUpdate(line);
  declareSelfCheck(line);
  declareDoctor(line);
}

function declareUpdate(line: CommandLine): void {
  const update = declare(line, {
    usage: "update",
    about:
      "put the latest release in the place of this one, and start its service again; the old " +
      "one comes back by itself if the new one does not answer",
    group,
    globals: ["json"],
    examples: ["update --check", "update", "update --version v1.2.3", "update --rollback"],
  })
    .option("--check", "only tell whether there is a later release")
    .option("--version <version>", "this release, also an older one")
    .option("--rollback", "the version that was here before");
  // Of the process that ends what another has prepared.
  update.addOption(update.createOption("--finish").hideHelp());
  update.action(async () => {
    const { update: run } = await import("../commands/update.ts");
    line.done(await run(update.optsWithGlobals<GlobalFlags>()));
  });
}

function declareSelfCheck(line: CommandLine): void {
  const check = declare(line, {
    usage: "self-check",
    about:
      "try whether this program could run the settings and data that are here, on a copy of them",
    group,
    globals: ["json"],
    examples: ["self-check", "self-check --backup opcode-backup.db"],
  }).option("--backup <file>", "try this backup, in place of one that is made now");
  check.action(async () => {
    const { selfCheckCommand } = await import("../commands/self-check.ts");
    line.done(await selfCheckCommand(check.optsWithGlobals<GlobalFlags>()));
  });
}

function declareDoctor(line: CommandLine): void {
  const doctor = declare(line, {
    usage: "doctor",
    about: "look at all that a daemon needs here: say what is wrong, and what mends it",
    group,
    globals: ["json"],
    examples: ["doctor", "doctor --json"],
  });
  doctor.action(async () => {
    const { doctor: run } = await import("../commands/doctor.ts");
    line.done(await run(doctor.optsWithGlobals<GlobalFlags>()));
  });
}
