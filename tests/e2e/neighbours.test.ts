// What an agent notices of a neighbour that floods the daemon.
//
// For each flood the small workflow of another agent is timed, alone and then during the flood.
// Each prints what came of it; in any case all its runs must complete. `STRICT=1 npm test --
// e2e/neighbours` on a machine with nothing else to do floods in full, and requires that its p95 does
// not rise beyond twice what it was alone.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { spawnDaemon, tempHome } from "../support/daemon.ts";
import { FLOODS } from "../support/floods.ts";
import { defineNeighbour, timeNeighbour } from "../support/neighbour.ts";
import { Rest } from "../support/rest.ts";

const STRICT = process.env.STRICT === "1";
const RUNS = STRICT ? 100 : 3;
/** The first runs load what later ones find. */
const WARM_UP = STRICT ? 20 : 2;
/** So long that only who is starved does not come through, however busy the machine. */
const LIMIT_MS = 60_000;
/** What may come on top, ms: what two processes cost each other that compute at the same time. */
const FLOOR_MS = 5;

describe("an agent whose neighbour floods the daemon with", () => {
  for (const flood of FLOODS) {
    test(flood.name, async (t) => {
      const { url, log } = await spawnDaemon(t);
      await defineNeighbour(url);
      const alone = await timeNeighbour(url, { warmUp: WARM_UP, runs: RUNS, limitMs: LIMIT_MS });
      const rest = new Rest(url, 128);
      t.after(() => rest.destroy());
      await flood.start({ rest, url, home: tempHome(t), full: STRICT });
      const beside = await timeNeighbour(url, { runs: RUNS, limitMs: LIMIT_MS });
      t.diagnostic(
        `p50 ${alone.p50.toFixed(1)} → ${beside.p50.toFixed(1)} ms, ` +
          `p95 ${alone.p95.toFixed(1)} → ${beside.p95.toFixed(1)} ms, ` +
          `max ${alone.max.toFixed(1)} → ${beside.max.toFixed(1)} ms (${beside.runs} runs)`,
      );
      assert.deepEqual([...alone.failures, ...beside.failures], []);
      assert.equal(beside.runs, RUNS, `in ${LIMIT_MS / 1_000} s`);
      assert.doesNotMatch(log(), /"level":"error"/);
      if (STRICT) {
        const bar = alone.p95 * 2 + FLOOR_MS;
        assert.ok(beside.p95 <= bar, `p95 ${beside.p95} ms, at most ${bar}`);
      }
    });
  }
});
