// Which command is about secrets.

import type { Command } from "commander";
import { declare, endWithReader, type Tree } from "./tree.ts";

export function secretCommands(tree: Tree): void {
  const command: Command = declare(tree, {
    usage: "secret <verb> [name]",
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
  );
  command.action(async (verb: string, name: string | undefined) => {
    const { secret } = await import("../commands/secret.ts");
    endWithReader();
    tree.done(await secret(command.optsWithGlobals(), { verb, name }));
  });
}
