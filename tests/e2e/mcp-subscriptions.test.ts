// Whether a client that follows a run of a real daemon learns of its end, and sees only what it may.

import assert from "node:assert/strict";
import { test } from "node:test";
import { startTestDaemon } from "../support/daemon.ts";
import { events, nextMessage, openSession } from "../support/mcp-app.ts";

const WAIT = { steps: [{ id: "w", type: "wait", config: { signal: "go" } }] };

test("each change of a run that is followed is told, and reads as its status", async (t) => {
  const { url, opcode } = await startTestDaemon(t);
  await opcode.define({ name: "w", agent_id: "a", definition: WAIT });
  const { workflow_id } = await opcode.run({ template_name: "w", agent_id: "a" });
  const daemon = { fetch: (path: string, init?: RequestInit) => fetch(url + path, init) };
  const session = await openSession(daemon);
  const uri = `opcode://runs/${workflow_id}`;
  const ask = async (id: number, method: string) =>
    (await session.send({ jsonrpc: "2.0", id, method, params: { uri } })).body;
  assert.deepEqual((await ask(1, "resources/subscribe")).result, {});
  const stream = events(await session.listen());
  const signal = { signal_type: "data", payload: { signal: "go" }, agent_id: "a" } as const;
  await opcode.signal({ workflow_id, ...signal });
  for (let id = 2;; id++) {
    const { method, params } = await nextMessage(stream);
    assert.deepEqual([method, params], ["notifications/resources/updated", { uri }]);
    const { contents } = (await ask(id, "resources/read")).result;
    if (JSON.parse(contents[0].text).status === "completed") break;
  }
  await stream.return(undefined);
});
