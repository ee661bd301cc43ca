// Which circuit breaker a call passes.

import type { JsonObject } from "../../core/json.ts";
import type { Circuit } from "./breaker.ts";
import type { RunState, StepState } from "../state/state.ts";

/** Characters by which a host or a program is known to its breaker. */
const MOST_TARGET = 1_024;

/** The breaker that a call of the step with these params passes; undefined when there is none. */
export function circuitOf(
  { row }: RunState,
  { plan }: StepState,
  params: JsonObject,
): Circuit | undefined {
  const { name, circuit } = plan.action!;
  if (!circuit) return undefined;
  const target = circuit.target(params);
  const named: Circuit = { agentId: row.agentId, action: name };
  if (target) named.target = shortened(target);
  return named;
}

/** Most are short. */
function shortened(target: NonNullable<Circuit["target"]>): NonNullable<Circuit["target"]> {
  if (Object.values(target).every((by) => by.length <= MOST_TARGET)) return target;
  const short = Object.entries(target).map(([of, by]) => [of, by.slice(0, MOST_TARGET)]);
  return Object.fromEntries(short);
}
