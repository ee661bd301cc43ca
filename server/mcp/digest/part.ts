// Which part of a run's state a caller asks for: one step whole, or members by name.

import { OpcodeError } from "../../../core/errors.ts";
import type { Json, JsonObject } from "../../../core/json.ts";
import { insteadOf } from "../../../core/instead-of.ts";
import type { Opcode, QueryReply } from "../../../engine/api.ts";
import { stepOutcome } from "../../../engine/verbs/step-outcome.ts";

/** Members that say whose state it is. */
const ALWAYS = ["workflow_id", "status"];

/** The members named, and those that say whose they are. */
export function onlyFields(reply: JsonObject, fields: readonly string[]): JsonObject {
  const wanted = new Set([...ALWAYS, ...fields.flatMap((name) => [name, `${name}_size`])]);
  return Object.fromEntries(Object.entries(reply).filter(([name]) => wanted.has(name)));
}

/**
 * The state of one step, with its whole output, and of the steps inside of it. NOT_FOUND with the
 * nearest id when the run has no such step.
 */
export async function onlyStep(
  opcode: Pick<Opcode, "query">,
  reply: JsonObject,
  stepId: string,
): Promise<JsonObject> {
  const steps = reply.steps as JsonObject;
  const workflow_id = reply.workflow_id!;
  const known = Object.hasOwn(steps, stepId) ? steps[stepId] as JsonObject : undefined;
  // An answer about a run has room for some outputs and steps only; the log has them all.
  const found = known === undefined || known.output_size !== undefined
    ? { ...known, ...await stepOutcome(eventPages(opcode, { workflow_id, step_id: stepId })) }
    : known;
  if (found.status === undefined) {
    throw new OpcodeError(
      "NOT_FOUND",
      `step_id: workflow "${workflow_id}" has no step "${stepId}" that has begun` +
        insteadOf(stepId, Object.keys(steps)),
      { details: { workflow_id, step_id: stepId } },
    );
  }
  if (found.output !== undefined) delete found.output_size;
  const inner = Object.entries(steps).filter(([id]) => id.startsWith(`${stepId}.`));
  return {
    ...onlyFields(reply, []),
    steps: Object.fromEntries([[stepId, { step_id: stepId, ...found }], ...inner]),
  };
}

/** The step's events, from the oldest on. */
async function* eventPages(
  opcode: Pick<Opcode, "query">,
  filter: { workflow_id: Json; step_id: string },
): AsyncGenerator<JsonObject[]> {
  let cursor: string | undefined;
  do {
    const page: QueryReply = await opcode.query({
      resource: "events",
      filter: { ...filter, limit: 1_000, ...(cursor !== undefined && { cursor }) },
    });
    yield page.rows;
    cursor = page.next_cursor;
  } while (cursor !== undefined);
}
