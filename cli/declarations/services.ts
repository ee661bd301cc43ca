// Which commands install the daemon and see to what runs it.

import { countOf } from "../option-values.ts";
import { SERVICE_VERBS } from "../verbs.ts";
import { type CommandLine, declare } from "./declare.ts";
import { SETTING_WORDS, settingFlags, withSettings } from "./setting-options.ts";

export function serviceCommands(line: CommandLine): void {
  declareInstall(line);
  declareService(line);
}

function declareInstall(line: CommandLine): void {
  const install = declare(line, {
    usage: "install",
    about:
      "write the settings that are given, and have the daemon run with them: one that runs reads " +
      "them again, else a service is set up and started",
    group: "Daemon:",
    examples: [
      "install",
      "install --listen-addr :4100 --panel --vault-key-stdin",
      "install --listen-addr 0.0.0.0:4100 --token",
      "install --no-service --no-start --log-level debug",
    ],
    words: SETTING_WORDS,
  })
    .option("--token", "have the daemon ask for a token, which is made and kept in a file")
    .option("--vault-key <key>", "the vault's key, in memory only; the list of processes shows it")
    .option("--vault-key-stdin", "the same from standard input, or a prompt")
    .option("--vault-key-file <file>", "the same from a file")
    .option("--save-vault-key", "keep the key in a file of the data directory, for every start")
    .option("--no-service", "set up nothing that starts the daemon by itself")
    .option("--no-start", "start nothing now")
    .option("--no-completion", "leave the shells' completions and the manual page as they are");
  withSettings(install).action(async () => {
    const { install: run } = await import("../commands/install.ts");
    const { treeOf } = await import("../shells/tree.ts");
    const given = { tree: treeOf(line.program), settings: settingFlags(install) };
    line.done(await run(install.optsWithGlobals(), given));
  });
}

function declareService(line: CommandLine): void {
  const service = declare(line, {
    usage: "service <verb>",
    words: { verb: SERVICE_VERBS },
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
