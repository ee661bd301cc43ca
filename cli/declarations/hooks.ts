// Which command is about hooks.

import { asking, type CommandLine, declare } from "./declare.ts";

export function hookCommands(line: CommandLine): void {
  declare(line, {
    usage: "hooks <verb> [template] [name]",
    about:
      "list hooks, where deliveries start runs, with what has come to each since the start of " +
      "the daemon (list), or show the last 100 that one has rejected, and why (log)",
    group: "Schedules and hooks:",
    examples: ["hooks list", "hooks list deploy", "hooks log deploy github"],
  })
    .action(asking(line, async (context, _flags, [verb, template, name]) => {
      const { hooks } = await import("../commands/hooks.ts");
      return hooks(context, { verb: verb!, template, name });
    }));
}
