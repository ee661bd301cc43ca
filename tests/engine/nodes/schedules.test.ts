// Who acts on the times of schedules where there are several nodes: one of them, and another when that one is gone.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { eventually, type Node, Nodes } from "../../support/nodes.ts";

const nodes = new Nodes();
let a: Node;
let b: Node;
beforeEach(async () => {
  a = await nodes.start();
  b = await nodes.start();
});

const MINUTELY = { cron: "* * * * *", name: "s", template_name: "w", agent_id: "test" };

async function schedule(): Promise<string> {
  await a.engine.define("w", [{ id: "s", action: "test.echo" }]);
  return String((await a.engine.opcode.schedules.create(MINUTELY)).id);
}

/** The times for which runs began, in order. */
async function started(): Promise<string[]> {
  const rows = await nodes.database.rows(
    `SELECT payload FROM events WHERE seq = 1 AND payload LIKE '%"due_at"%'`,
  );
  return rows.map(({ payload }) => /"due_at":"([^"]+)"/.exec(payload)![1]!).sort();
}

/** Time passes until so many have begun. */
async function begun(count: number, at: readonly Node[]): Promise<string[]> {
  await eventually(at, async () => (await started()).length >= count, `${count} runs`, 15_000);
  return await started();
}

function assertOnce(times: readonly string[]): void {
  assert.equal(new Set(times).size, times.length, `each once: ${times}`);
}

test("each time is one run, also while two nodes are alive, and after one has died", async () => {
  await schedule();
  assertOnce(await begun(2, [a, b]));
  await nodes.die(a);
  assertOnce(await begun(4, [b]));
  const again = await nodes.start({ instance: a.instance });
  again.engine.clock.advance(b.engine.clock.now() - again.engine.clock.now());
  assertOnce(await begun(6, [again, b]));
});

test("a time that was changed on another node than the one that has it is the new one", async () => {
  const id = await schedule();
  await begun(1, [a, b]);
  await b.engine.opcode.schedules.update(id, { enabled: false });
  const before = await started();
  for (let i = 0; i < 400; i++) {
    a.engine.clock.advance(500);
    b.engine.clock.advance(500);
  }
  await a.engine.opcode.schedules.update(id, { enabled: true });
  assert.deepEqual(await started(), before, "it was paused");
  await b.engine.opcode.schedules.update(id, { cron: "*/2 * * * *" });
  const times = await begun(before.length + 2, [a, b]);
  assertOnce(times);
  const minutes = times.slice(before.length).map((at) => new Date(at).getMinutes());
  assert.ok(minutes.every((minute) => minute % 2 === 0), `${minutes}`);
  await nodes.die(b);
  assertOnce(await begun(times.length + 1, [a]));
});
