// What is kept for an agent on one node reaches it on the node that it is at.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Notification } from "../../../engine/api.ts";
import { eventually, Nodes } from "../../support/nodes.ts";

const nodes = new Nodes();

test("an agent that listens on one node is told what the runs of another one say", async () => {
  const heard: Notification[] = [];
  const away = { notified: false, reason: "agent_not_connected" };
  const a = await nodes.start({ notify: () => Promise.resolve(away) });
  const b = await nodes.start({
    isThere: (agent) => agent === "test",
    present: () => ["test"],
    notify: (agent, notification) => {
      assert.equal(agent, "test");
      heard.push(notification);
      return Promise.resolve({ notified: true });
    },
  });
  for (const message of ["one", "two"]) {
    const tell = { id: "tell", action: "workflow.notify", params: { message } };
    await a.engine.run([tell], { wait_ms: 0 });
    await eventually([a, b], () => heard.some((one) => one.message === message), message);
  }
  await eventually(
    [a, b],
    async () => (await nodes.database.rows("SELECT 1 AS one FROM notices")).length === 0,
    "nothing to be kept any more",
  );
  assert.equal(heard.length, 2);
});
