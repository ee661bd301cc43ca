// What `opcode decision` does: makes a link by which a decision is answered, or takes back those that there are.

import type { JsonObject } from "../../core/json.ts";
import type { CliContext } from "../context.ts";
import { decisionIdOf } from "../decision-id.ts";
import { choiceOf } from "../option-values.ts";
import { printJson, printLine, printNote, visible } from "../print.ts";
import { cell } from "../table.ts";
import { shownTime } from "../times.ts";
import { UsageError } from "../usage-error.ts";
import { DECISION_VERBS } from "../verbs.ts";

export async function decision(
  context: CliContext,
  { verb, id, ttl }: { verb: string; id: string | undefined; ttl: string | undefined },
): Promise<number> {
  choiceOf("VERB", DECISION_VERBS)(verb);
  if (id === undefined) throw new UsageError(`decision ${verb}: ID is required`);
  if (verb === "unlink" && ttl !== undefined) throw new UsageError("--ttl: is for link alone");
  const whole = await decisionIdOf(context.client, id);
  const path = `/api/v1/decisions/${encodeURIComponent(whole)}/link`;
  return verb === "unlink" ? await unlink(context, path) : await link(context, path, ttl);
}

async function unlink(context: CliContext, path: string): Promise<number> {
  const reply = await context.client.delete(path);
  if (context.json) printJson(reply);
  else printLine("no link of it that was made up to now answers any more");
  return 0;
}

async function link(context: CliContext, path: string, ttl: string | undefined): Promise<number> {
  const link: JsonObject = await context.client.post(path, {
    ...(context.named !== undefined && { agent_id: context.named }),
    ...(ttl !== undefined && { ttl }),
  });
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
