// What `opcode decision` does: makes a link by which a decision is answered.

import type { JsonObject } from "../../core/json.ts";
import type { CliContext } from "../context.ts";
import { decisionIdOf } from "../decision-id.ts";
import { choiceOf } from "../option-values.ts";
import { printJson, printLine, printNote, visible } from "../print.ts";
import { cell } from "../table.ts";
import { shownTime } from "../times.ts";
import { UsageError } from "../usage-error.ts";

export async function decision(
  context: CliContext,
  { verb, id, ttl }: { verb: string; id: string | undefined; ttl: string | undefined },
): Promise<number> {
  choiceOf("VERB", ["link"])(verb);
  if (id === undefined) throw new UsageError("decision link: ID is required");
  const whole = await decisionIdOf(context.client, id);
  const link: JsonObject = await context.client.post(
    `/api/v1/decisions/${encodeURIComponent(whole)}/link`,
    {
      ...(context.named !== undefined && { agent_id: context.named }),
      ...(ttl !== undefined && { ttl }),
    },
  );
  if (context.json) {
    printJson(link);
    return 0;
  }
  // Alone on standard output, for whoever sends it on.
  printLine(visible(cell(link.url)));
  const until = shownTime(cell(link.expires_at));
  printNote(`whoever has it answers as ${visible(cell(link.agent_id))}, once, until ${until}`);
  return 0;
}
