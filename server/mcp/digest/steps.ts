// Which steps of a run a short answer shows, and what of their outputs.

import type { JsonObject } from "../../../core/json.ts";
import { fairShare } from "../../../core/fair-share.ts";
import { member, shortError, sizeOf } from "./values.ts";

/** Bytes of one step's error. */
const ERROR_BYTES = 1_000;

/** Of the steps' room, what they may take without their outputs. */
const BARE_PART = 0.75;

type Counts = Record<string, number | true>;

/**
 * `steps` in about `room` bytes, in their order. What failed or is open comes first, then top-level
 * steps. Other steps of loops and branches are counted, by status, in `nested` of the step they are
 * part of; steps that there was no room for in `steps_left_out`. `isCut`: whether there are others that
 * are not in `steps`; then the counts have `more: true`.
 */
export function digestSteps(steps: JsonObject, room: number, isCut: boolean): JsonObject {
  const nested = new Map<string, Counts>();
  const leftOut: Counts = {};
  const bare = new Map<string, JsonObject>();
  let left = room * BARE_PART;
  const take = (id: string, step: JsonObject): boolean => {
    const { output: _, ...rest } = step;
    const shown = step.error === undefined
      ? rest
      : { ...rest, error: shortError(step.error as JsonObject, ERROR_BYTES) };
    const size = sizeOf(id) + sizeOf(shown) + 2;
    if (size > left) return false;
    left -= size;
    bare.set(id, shown);
    return true;
  };
  const entries = Object.entries(steps) as [string, JsonObject][];
  const ranked = entries.map(([id, step]) => ({ id, step, owner: ownerOf(id, steps) }));
  const urgent = ranked.filter(({ step }) => isUrgent(step));
  const calm = ranked.filter(({ step }) => !isUrgent(step));
  const counted = new Map<string, string | undefined>();
  for (const { id, step, owner } of urgent) if (!take(id, step)) counted.set(id, owner);
  for (const { id, step, owner } of calm) {
    if (owner !== undefined || !take(id, step)) counted.set(id, owner);
  }
  for (const [id, owner] of counted) {
    const counts = owner !== undefined && bare.has(owner) ? countsOf(nested, owner) : leftOut;
    const { status } = steps[id] as { status: string };
    counts[status] = Number(counts[status] ?? 0) + 1;
  }
  if (isCut) { for (const counts of [leftOut, ...nested.values()]) counts.more = true; }
  const withOutput = [...bare.keys()].filter((id) => outputOf(steps, id) !== undefined);
  const sizes = withOutput.map((id) => sizeOf(outputOf(steps, id)));
  const most = fairShare(sizes, Math.max(0, left + room * (1 - BARE_PART) - 100 * nested.size));
  const shown = entries.filter(([id]) => bare.has(id)).map(([id]) => {
    const output = outputOf(steps, id);
    return [id, {
      ...bare.get(id),
      ...(output !== undefined && member("output", output, most)),
      ...(nested.has(id) && { nested: nested.get(id) }),
    }];
  });
  return {
    steps: Object.fromEntries(shown),
    ...(Object.keys(leftOut).length > 0 && { steps_left_out: leftOut }),
  };
}

function outputOf(steps: JsonObject, id: string) {
  return (steps[id] as JsonObject).output;
}

function isUrgent({ status, error }: JsonObject): boolean {
  return error !== undefined || !["completed", "skipped", "pending"].includes(String(status));
}

/** The outermost step that a step is part of; ids of inner ones begin with its id and a dot. */
function ownerOf(id: string, steps: JsonObject): string | undefined {
  for (let dot = id.indexOf("."); dot > 0; dot = id.indexOf(".", dot + 1)) {
    const owner = id.slice(0, dot);
    if (Object.hasOwn(steps, owner)) return owner;
  }
  return undefined;
}

function countsOf(nested: Map<string, Counts>, owner: string): Counts {
  const counts = nested.get(owner) ?? {};
  nested.set(owner, counts);
  return counts;
}
