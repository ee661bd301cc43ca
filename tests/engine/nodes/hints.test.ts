// What comes to another node at once, before it looks by itself: no clock goes on here unless a test says so.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { beforeEach, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Session } from "../../../engine/store/postgres/session.ts";
import { serverAddress } from "../../../engine/store/postgres/url.ts";
import { answered, type Node, Nodes } from "../../support/nodes.ts";

const nodes = new Nodes();
let a: Node;
let b: Node;
beforeEach(async () => {
  a = await nodes.start();
  b = await nodes.start();
  await listening();
});

/** Until each hears the other. */
async function listening(): Promise<void> {
  for (const [from, to] of [[a, b], [b, a]] as const) {
    let heard = false;
    const unhear = to.store.ownership!.onHint!(({ messages, answers }) =>
      heard ||= messages && answers !== null
    );
    for (let tries = 0; !heard; tries++) {
      assert.ok(tries < 1_000, "nothing was heard");
      await from.store.ownership!.ask({ id: randomUUID(), runId: "none", request: "{}" });
      await sleep(10);
    }
    unhear();
  }
}

async function waiting(): Promise<string> {
  const { workflow_id: id } = await a.engine.run([{ id: "call", action: "test.external" }], {
    wait_ms: 0,
  });
  await a.engine.called("call");
  return id;
}

const cancel = (id: string) =>
  b.engine.opcode.signal({ workflow_id: id, signal_type: "cancel", wait_ms: 0 });

test("a signal for a run of another node is answered at once", { timeout: 60_000 }, async () => {
  const id = await waiting();
  assert.equal((await cancel(id)).ok, true);
  assert.equal((await a.engine.opcode.status(id)).status, "cancelled");
  await assert.rejects(cancel(id), { code: "INVALID_TRANSITION" });
});

test("events of a node are told at another at once", { timeout: 60_000 }, async () => {
  let told = 0;
  b.engine.opcode.subscribe(() => told++);
  // A transaction of somebody else may be in the way of one, and then the next shows it.
  for (let tries = 0; told === 0; tries++) {
    assert.ok(tries < 500);
    await a.engine.run([{ id: "s", action: "test.echo" }]);
    await sleep(10);
  }
});

/** Ends what they listen with. */
const cutOff = () =>
  nodes.database.rows(
    `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE pid <> pg_backend_pid()
       AND datname = current_database() AND query LIKE '%opcode_hints%'`,
  );

test("without the connections it is only later, and they come back", async () => {
  const id = await waiting();
  await cutOff();
  assert.equal((await answered([a, b], cancel(id))).ok, true);
  await listening();
  assert.equal((await cancel(await waiting())).ok, true);
});

test("a node that is alone tells nobody anything", async () => {
  await b.engine.opcode.stop();
  const texts: string[] = [];
  const session = await Session.open(serverAddress(nodes.database.url), "opcode tests");
  try {
    const marked = new Promise<void>((resolve) =>
      session.onNotification((text) => text === "mark" ? resolve() : texts.push(text))
    );
    // It knows of the other's end once it has looked.
    await a.store.ownership!.adopt(1);
    await session.run("LISTEN opcode_hints");
    await a.engine.run([{ id: "s", action: "test.echo" }]);
    await sleep(20);
    await session.run("NOTIFY opcode_hints, 'mark'");
    await marked;
    assert.deepEqual(texts, []);
  } finally {
    await session.close();
  }
});
