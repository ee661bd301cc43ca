// Which command is about what runs the daemon.

import { countOf } from "../option-values.ts";
import { type CommandLine, declare } from "./declare.ts";

export function serviceCommands(line: CommandLine): void {
  const service = declare(line, {
    usage: "service <verb>",
    about:
      "show what runs the daemon of this data directory (status), start, stop or restart it, " +
      "print its log (logs), or take the service away and keep the data (uninstall)",
    group: "Daemon:",
    examples: ["service status", "service restart", "service logs --follow", "service uninstall"],
  })
    .option("--check", "status: end with exit code 1 unless a daemon answers and is well")
    .option("--follow", "logs: go on with the lines to come")
    .option("--lines <n>", "logs: how many of the newest (default 100)", countOf("--lines"));
  service.action(async (verb: string) => {
    const { service: run } = await import("../commands/service.ts");
    line.done(await run(verb, service.optsWithGlobals()));
  });
}
