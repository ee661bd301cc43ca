// Whether whole engines keep every promise through thousands of random stories full of crashes.

import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { NODES } from "./nodes/node-mutations.ts";
import { playOnAllCores } from "./seeds.ts";
import { coverageLines, gaps, type Tally } from "./tally.ts";

function assertWell(t: TestContext, { failed, ...tally }: Tally, where: string): void {
  t.diagnostic(`${tally.seeds} seeds, ${tally.runs} runs, ${tally.restarts} restarts`);
  const told = failed.slice(0, 5).map(({ seed, faults }) =>
    `npm run sim -- --seed ${seed} --log${where}\n  ${faults.join("\n  ")}`
  );
  const seeds = failed.map(({ seed }) => seed).join(" ");
  assert.equal(failed.length, 0, `seeds ${seeds} fail:\n${told.join("\n")}`);
}

test("2,000 seeds in memory: nothing lost, nothing twice, and everything happened", async (t) => {
  const tally = await playOnAllCores({ from: 0, seeds: 2_000 });
  for (const line of coverageLines(tally)) t.diagnostic(line);
  assertWell(t, tally, "");
  assert.deepEqual(gaps(tally), []);
});

test("200 seeds on libSQL files, of which each crash leaves what kill -9 does", async (t) => {
  const tally = await playOnAllCores({ from: 100_000, seeds: 200 }, "files");
  assertWell(t, tally, " --disk files");
  assert.ok(tally.restarts > 100, `only ${tally.restarts} restarts`);
});

test("8 seeds on the store's own threads, ended in the middle of commits", async (t) => {
  const tally = await playOnAllCores({ from: 200_000, seeds: 8 }, "threads");
  assertWell(t, tally, " --disk threads");
  assert.ok(tally.restarts > 2, `only ${tally.restarts} restarts`);
});

test("300 seeds of two to four nodes that share a store: each run one's, nothing lost or twice", async (t) => {
  const tally = await playOnAllCores({ from: 300_000, seeds: 300 }, NODES);
  assertWell(t, tally, ` --nodes ${NODES.least}-${NODES.most}`);
  assert.ok(tally.restarts > 300, `only ${tally.restarts} restarts`);
});
