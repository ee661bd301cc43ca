// That what a run knows by index of its waits, questions and unfinished steps is what a look at all steps finds.

import assert from "node:assert/strict";
import { test } from "node:test";
import { stepsCalled } from "../../engine/state/short-ids.ts";
import { everyStep, isUnderWay, type RunState, type StepState } from "../../engine/state/state.ts";
import { isUnfinished } from "../../engine/state/unfinished.ts";
import { Turn } from "../../engine/transition/turn.ts";
import { playRange } from "./play-range.ts";

const SEEDS = Number(process.env.INDEX_SEEDS ?? 150);

const ids = (steps: Iterable<StepState>) => [...steps].map(({ id }) => id).toSorted();

/** What differs between the indexes of a run and its steps. */
function faultsOf(run: RunState, seen: Record<string, number>): string[] {
  const faults: string[] = [];
  const same = (what: string, kept: Iterable<StepState>, found: Iterable<StepState>) => {
    const [a, b] = [ids(kept), ids(found)];
    seen[what] = Math.max(seen[what] ?? 0, b.length);
    if (a.join() !== b.join()) faults.push(`${what}: kept ${a}; found ${b}`);
  };
  const all = [...everyStep(run)];
  same("unfinished", run.unfinished, all.filter(({ row }) => isUnfinished(row.status)));
  const waiting = all.filter((step) => step.row.detail.signal !== undefined && isUnderWay(step));
  same("waits", run.waits.first(Infinity), waiting);
  const masked = new Set(run.waits.masked());
  for (const { row, plan } of waiting) {
    const named = waiting.filter((other) =>
      !masked.has(other) && other.row.detail.signal === row.detail.signal
    );
    same("waits of a signal", run.waits.ofSignal(row.detail.signal!), named);
    same(
      "waits of a short id",
      run.waits.ofShortId(plan.id),
      waiting.filter((other) => other.plan.id === plan.id),
    );
  }
  same(
    "asking",
    [...run.asking].map(([, step]) => step),
    all.filter(({ decision }) => decision !== null && decision.status === "pending"),
  );
  if (run.asking.newest(Infinity).length !== run.asking.size) faults.push("asking: lines differ");
  for (const shortId of new Set(all.map(({ plan }) => plan.id))) {
    same(
      "short ids",
      stepsCalled(run, shortId),
      all.filter(({ plan }) => plan.id === shortId),
    );
  }
  return faults;
}

test("indexes of a run say the same as its steps after each turn", async (t) => {
  const faults = new Set<string>();
  const seen: Record<string, number> = {};
  let turns = 0;
  const { finish } = Turn.prototype;
  t.after(() => Turn.prototype.finish = finish);
  Turn.prototype.finish = function () {
    const handOver = finish.call(this);
    turns++;
    for (const fault of faultsOf(this.run, seen)) faults.add(fault);
    return handOver;
  };
  const tally = await playRange({ from: 1, seeds: SEEDS });
  t.diagnostic(`${turns} turns, at most ${JSON.stringify(seen)}`);
  assert.deepEqual([...faults].slice(0, 10), []);
  assert.deepEqual(tally.failed, []);
  assert.ok(seen.waits! > 1 && seen.asking! > 1, JSON.stringify(seen));
});
