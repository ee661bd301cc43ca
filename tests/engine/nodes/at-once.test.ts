// What several nodes are asked for at once, or one after the other: it is as if one had been asked.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { answered, type Node, Nodes } from "../../support/nodes.ts";

const nodes = new Nodes();
let a: Node;
let b: Node;
beforeEach(async () => {
  a = await nodes.start();
  b = await nodes.start();
});

const ECHO = (value: number) => [{ id: "s", action: "test.echo", params: { value } }];

const define = (node: Node, name: string, value: number) =>
  node.engine.opcode.define({ name, definition: { steps: ECHO(value) }, agent_id: "test" });

const run = (node: Node, more: Record<string, unknown> = {}) =>
  answered([a, b], node.engine.opcode.run({ template_name: "w", agent_id: "test", ...more }));

test("a version that one node has stored is the latest on the others at once", async () => {
  for (let version = 1; version <= 4; version++) {
    await define(version % 2 === 0 ? a : b, "w", version);
    for (const node of [a, b]) {
      const { workflow_id: id } = await run(node);
      const { template_version } = await node.engine.opcode.status(id);
      assert.equal(template_version, `v${version}`);
    }
  }
});

test("an archived template begins on no node, and does again once one has taken it back", async () => {
  await define(a, "w", 1);
  await run(b);
  await a.engine.opcode.archive({ template_name: "w" });
  await assert.rejects(run(b), { code: "CONFLICT", message: /archived/ });
  await b.engine.opcode.unarchive({ template_name: "w" });
  assert.equal((await run(a)).status, "completed");
});

test("versions that two nodes define at once come one after the other, none is lost", async () => {
  const replies = await Promise.all(
    Array.from({ length: 8 }, (_, i) => define(i % 2 === 0 ? a : b, "w", i)),
  );
  const versions = replies.map(({ version }) => version).sort();
  assert.deepEqual(versions, Array.from({ length: 8 }, (_, i) => `v${i + 1}`));
});

test("an idempotency key that comes to two nodes at once is one run", async () => {
  await define(a, "w", 1);
  for (let round = 0; round < 5; round++) {
    const replies = await answered(
      [a, b],
      Promise.all([a, b].map((node) =>
        node.engine.opcode.run({
          template_name: "w",
          agent_id: "test",
          idempotency_key: `k${round}`,
        })
      )),
    );
    const [one, other] = replies;
    assert.equal(one!.workflow_id, other!.workflow_id);
    assert.equal(replies.filter(({ replayed }) => replayed).length, 1);
  }
});

test("nothing is called while it is not sure whether another node has taken over", async () => {
  const sure = Promise.withResolvers<void>();
  const { sure: own } = a.store.ownership!;
  a.store.ownership!.sure = () => sure.promise;
  const { workflow_id: id } = await a.engine.run([{ id: "call", action: "test.external" }], {
    wait_ms: 0,
  });
  a.engine.clock.advance(1_000);
  assert.equal((await b.engine.opcode.status(id)).status, "active");
  assert.deepEqual(a.engine.calls, []);
  a.store.ownership!.sure = own.bind(a.store.ownership);
  sure.resolve();
  (await a.engine.called("call")).resolve(1);
  assert.deepEqual(a.engine.calls, ["call:1"]);
});
