// Whether any request to the REST API can bring the daemon out of step: generated from its own description.
//
// `REQUESTS=100000 npm test -- e2e/generated-requests` makes more of them; `SEED=…` makes the same again.

import assert from "node:assert/strict";
import { test } from "node:test";
import { RestFuzz } from "../support/generate/rest-fuzz.ts";
import { chooseSeed, seeded } from "../support/random.ts";

const REQUESTS = Number(process.env.REQUESTS ?? 600);
const CLIENTS = 8;

test("generated requests are answered as described, and what they came to adds up", async (t) => {
  const seed = chooseSeed();
  t.diagnostic(`SEED=${seed}: ${REQUESTS} requests`);
  const fuzz = await RestFuzz.start(t);
  const failures: string[] = [];
  let made = 0;
  const client = async () => {
    while (made < REQUESTS && failures.length < 10) {
      const own = seed + made++;
      await fuzz.once(seeded(own)).catch((error) => failures.push(`SEED=${own}: ${error.message}`));
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  assert.deepEqual(failures, []);
  assert.deepEqual(await fuzz.faults(), []);
  t.diagnostic(JSON.stringify(fuzz.statuses));
  for (const status of [200, 400, 404]) {
    assert.ok(fuzz.statuses[status]! > 0, `some are ${status}`);
  }
  t.diagnostic(`${fuzz.runs} runs`);
  assert.equal(await fuzz.daemon.stop(), 0);
});
