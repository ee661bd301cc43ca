// Whether limits hold over several nodes, each of which begins runs of its own.

import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually, type Node, Nodes } from "../../support/nodes.ts";

const nodes = new Nodes();
const TWO = { concurrency: { templates: { deploy: 2 } } };

/** How many have begun and not ended, and how many there are. */
async function counted(): Promise<{ begun: number; open: number }> {
  const [row] = await nodes.database.rows(
    `SELECT count(*) FILTER (WHERE status IN (1, 2)) AS begun, count(*) FILTER (WHERE status <= 2) AS open
     FROM runs WHERE template_name = 'deploy'`,
  );
  return { begun: Number(row!.begun), open: Number(row!.open) };
}

async function start(node: Node, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    await node.engine.opcode.run({ template_name: "deploy", agent_id: "a", wait_ms: 0 });
  }
}

const ends = (node: Node) => node.engine.open.splice(0).forEach((call) => call.resolve({}));

test("no more begin than a limit allows, and each node gets its turn", async () => {
  const [a, b] = [await nodes.start(TWO), await nodes.start(TWO)];
  await a.engine.define("deploy", [{ id: "call", action: "test.external" }]);
  await Promise.all([start(a, 6), start(b, 6)]);
  const called = new Set<Node>();
  let most = 0;
  await eventually([a, b], async () => {
    const { begun, open } = await counted();
    most = Math.max(most, begun);
    for (const node of [a, b]) {
      if (node.engine.open.length > 0) called.add(node);
      // Those of one node alone would be over before the other had its turn.
      if (called.size < 2 && node.engine.calls.length > 4) assert.fail("one node has all turns");
      ends(node);
    }
    return open === 0;
  }, "all to have ended");
  assert.equal(most, 2);
});

test("what a dead node has begun counts until it has ended, and what waited there begins elsewhere", async () => {
  const [a, b] = [await nodes.start(TWO), await nodes.start(TWO)];
  await a.engine.define("deploy", [{ id: "call", action: "test.repeatable" }]);
  await start(a, 4);
  await eventually(a, () => a.engine.open.length === 2, "two calls");
  await start(b, 1);
  await nodes.die(a);
  await eventually(b, () => b.engine.open.length > 0, "what the dead node has left");
  assert.deepEqual(await counted(), { begun: 2, open: 5 });
  await eventually(b, async () => {
    const { begun, open } = await counted();
    assert.ok(begun <= 2, `${begun} have begun`);
    ends(b);
    return open === 0;
  }, "all to have ended");
});
