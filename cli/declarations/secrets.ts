// Which command is about secrets.

import type { Command } from "commander";
import { UsageError } from "../usage-error.ts";
import { SECRET_VERBS } from "../verbs.ts";
import { type CommandLine, declare } from "./declare.ts";

export function secretCommands(line: CommandLine): void {
  const command: Command = declare(line, {
    usage: "secret <verb> [name]",
    words: { verb: SECRET_VERBS },
    about: "set, list or delete secrets; rekey or unlock the vault; values come from a prompt or " +
      "standard input, never from the command line",
    group: "Secrets:",
    examples: [
      "secret set API_TOKEN",
      "secret set DEPLOY_KEY --keep-newline < ~/.ssh/deploy",
      "secret list",
      "secret delete API_TOKEN",
      "secret rekey",
      "secret unlock",
    ],
  }).option(
    "--keep-newline",
    "set: the line end at the end of standard input is part of the value",
  ).option("--allow-empty", "set: store an empty value, which is refused otherwise");
  // Told in our words: the parser's would repeat a value that was typed after the name.
  command.allowExcessArguments().action(async (verb: string, name: string | undefined) => {
    if (command.args.length > 2) {
      throw new UsageError(
        `secret ${verb}: too many words; a value comes from a prompt or standard input`,
      );
    }
    const { secret } = await import("../commands/secret.ts");
    line.done(await secret(command.optsWithGlobals(), { verb, name }));
  });
}
