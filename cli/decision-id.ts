// Which decision a person means: by its id, or by the beginning of it.

import type { DecisionReport } from "../engine/api.ts";
import type { Client } from "./client.ts";
import { hint } from "./hint.ts";
import { pages } from "./pages.ts";
import { visible } from "./print.ts";
import { beginningOf, isRunId } from "./short-id.ts";
import { UsageError } from "./usage-error.ts";

/** Decisions that are told when a beginning fits several. */
const MOST_TOLD = 5;

/**
 * The whole id: of any decision when it is given whole, which whoever uses it looks for; by a beginning
 * only of one that is pending. UsageError tells what there is when that fits none, or several.
 */
export async function decisionIdOf(client: Client, text: string): Promise<string> {
  if (isRunId(text)) return text;
  const beginning = beginningOf(text)?.toLowerCase();
  const shown = visible(text);
  const ways = `  ${hint("query", "decisions", "--filter", "status=pending")}  # those that wait`;
  if (beginning === undefined) {
    throw new UsageError(
      `"${shown}" is not the id of a decision, nor the beginning of one\n${ways}`,
    );
  }
  const found: DecisionReport[] = [];
  for await (
    const page of pages(client, "/api/v1/decisions", { status: "pending", limit: "200" })
  ) {
    const rows = page.decisions as DecisionReport[];
    found.push(...rows.filter(({ decision_id }) => decision_id.startsWith(beginning)));
    if (found.length > MOST_TOLD) break;
  }
  if (found.length === 1) return found[0]!.decision_id;
  if (found.length === 0) {
    throw new UsageError(`no decision that waits has an id that begins with "${shown}"\n${ways}`);
  }
  const told = found.slice(0, MOST_TOLD).map(({ decision_id, step_id, workflow_id }) =>
    `  ${decision_id}  ${visible(step_id)} of run ${workflow_id}`
  );
  const more = found.length > MOST_TOLD ? ["  and more"] : [];
  const what = `"${shown}" is ambiguous: several decisions have ids that begin so`;
  throw new UsageError([what, ...told, ...more].join("\n"));
}
