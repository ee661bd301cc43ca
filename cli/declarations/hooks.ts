// Which commands are about hooks and callbacks.

import { CALLBACK_STATUSES } from "../../engine/callbacks/api.ts";
import { either } from "../either.ts";
import { pairOf } from "../option-values.ts";
import { CALLBACK_VERBS, HOOK_VERBS } from "../verbs.ts";
import { asking, type CommandLine, declare } from "./declare.ts";

export function hookCommands(line: CommandLine): void {
  declare(line, {
    usage: "hooks <verb> [template] [name]",
    about:
      "list hooks, where deliveries start runs, with what has come to each since the start of " +
      "the daemon (list), show the last 100 that one has rejected, and why (log), or what a " +
      "delivery would come to, without starting anything (test)",
    group: "Schedules and hooks:",
    words: { verb: HOOK_VERBS },
    examples: [
      "hooks list",
      "hooks list deploy",
      "hooks log deploy github",
      "hooks test deploy github --body event.json --header x-github-event=push",
    ],
  })
    .option("--body <file>", "test: what would be delivered, or - for standard input")
    .option("--header <name=value>", "test: a header of it (repeatable)", pairOf("--header"))
    .option("--query <name=value>", "test: a parameter of its URL (repeatable)", pairOf("--query"))
    .action(asking(line, async (context, flags, [verb, template, name]) => {
      const { hooks } = await import("../commands/hooks.ts");
      return hooks(context, { verb: verb!, template, name, flags });
    }));
  declare(line, {
    usage: "callbacks <verb> [id]",
    about:
      "list what others have not been told of runs: what waits for its next attempt and what was " +
      "given up, each with the last answer (list), or send one now (send)",
    group: "Schedules and hooks:",
    words: { verb: CALLBACK_VERBS, "--status": CALLBACK_STATUSES },
    examples: [
      "callbacks list",
      "callbacks list --status given_up",
      "callbacks list --run last",
      "callbacks send ID",
    ],
  })
    .option("--status <status>", `list: ${either(CALLBACK_STATUSES)}`)
    .option("--run <run>", "list: those of one run")
    .action(asking(line, async (context, flags, [verb, id]) => {
      const { callbacks } = await import("../commands/callbacks.ts");
      return callbacks(context, { verb: verb!, id, flags });
    }));
}
