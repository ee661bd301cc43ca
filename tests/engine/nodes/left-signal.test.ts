// What is said of a signal that was left for the node that has its run, when nobody waits here for the answer any more.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createMemoryServer } from "../../support/memory-server.ts";
import { openTestEngine } from "../../support/test-engine.ts";

/** What is to be done now is done, though it comes in several turns. */
async function settled(): Promise<void> {
  for (let turns = 0; turns < 20; turns++) await new Promise((resolve) => setImmediate(resolve));
}

test("a node that stops before it was answered says that the signal may be stored", async () => {
  const server = createMemoryServer({ now: () => 0 });
  const a = await openTestEngine({ store: server.open("a") });
  const b = await openTestEngine({ store: server.open("b") });
  const { workflow_id: id } = await a.run([{ id: "s", action: "test.external" }], { wait_ms: 0 });
  await a.called("s");
  const signal = b.opcode.signal({ workflow_id: id, signal_type: "cancel", wait_ms: 0 });
  const refused = signal.then(() => null, ({ code, details }) => [code, details.maybe_stored]);
  await settled();
  await b.opcode.stop();
  b.clock.advance(1_000);
  assert.deepEqual(await refused, ["BUSY", true]);
  a.clock.advance(1_000);
  await settled();
  assert.equal((await a.opcode.status(id)).status, "cancelled", "and so it was");
});
