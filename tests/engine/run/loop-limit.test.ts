// Whether a loop that would never end does, and with what error.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "../../../core/json.ts";
import { loop } from "../../support/steps.ts";
import { openTestEngine } from "../../support/test-engine.ts";

test("a while without max_iter fails after 100,000 iterations, names the limit, and is not retried", async () => {
  const engine = await openTestEngine();
  const nothing = { id: "nothing", action: "crypto.uuid", condition: "false" };
  const endless = loop("endless", { mode: "while", condition: "true" }, [nothing], {
    retry: { max: 3, backoff: "none" },
  });
  const { status, error } = await engine.run([endless]);
  assert.deepEqual([status, error?.code], ["failed", "NON_RETRYABLE"]);
  const { cause } = error!.details as { cause: { message: string; details: JsonObject } };
  assert.match(cause.message, /has not ended after 100000 iterations; set max_iter/);
  assert.equal(cause.details.limit, 100_000);
});
