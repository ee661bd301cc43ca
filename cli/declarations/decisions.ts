// Which command is about decisions.

import { DECISION_VERBS } from "../verbs.ts";
import { asking, type CommandLine, declare } from "./declare.ts";

export function decisionCommands(line: CommandLine): void {
  declare(line, {
    usage: "decision <verb> [id]",
    about: "make a link by which whoever has it answers a decision in a browser, without a token " +
      "(link), or take back all links of it that there are (unlink); a decision is named by its id, " +
      "or by the beginning of it",
    group: "Workflows:",
    words: { verb: DECISION_VERBS },
    globals: ["json", "url", "agent"],
    examples: [
      "decision link ID",
      "decision link ID --ttl 3d",
      "--agent ann decision link ID",
      "decision unlink ID",
    ],
  })
    .option("--ttl <duration>", "how long it holds, from 1m to 30d (default: 24h)")
    .action(asking<{ ttl?: string }>(line, async (context, { ttl }, [verb, id]) => {
      const { decision } = await import("../commands/decision.ts");
      return decision(context, { verb: verb!, id, ttl });
    }));
}
