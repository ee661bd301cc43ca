// Whether a client that follows a run as a resource is told of its commits, in both eras, and of nothing else.

import assert from "node:assert/strict";
import { test } from "node:test";
import { OpcodeError } from "../../../core/errors.ts";
import type { JsonObject } from "../../../core/json.ts";
import type { LiveListener } from "../../../engine/api.ts";
import {
  FollowRoom,
  MOST_FOLLOWED,
  PAUSE_MS,
  Subscriptions,
} from "../../../server/mcp/subscriptions.ts";
import {
  events,
  mcpApp,
  nextMessage,
  openSession,
  post,
  stateless,
} from "../../support/mcp-app.ts";
import { ManualClock } from "../../support/mcp-clock.ts";
import { scriptedOpcode } from "../../support/scripted-opcode.ts";
import { openTestEngine } from "../../support/test-engine.ts";

const uri = (run: string) => `opcode://runs/${run}`;

/** An engine with these runs, of which a test says when something of one is committed. */
function running(...runs: string[]) {
  const listeners = new Map<LiveListener, string | undefined>();
  const opcode = scriptedOpcode({
    async checkWorkflow(id) {
      if (runs.includes(id)) return;
      throw new OpcodeError("NOT_FOUND", `workflow "${id}" not found`);
    },
    subscribe(listener, runId) {
      listeners.set(listener, runId);
      return () => void listeners.delete(listener);
    },
  });
  return {
    opcode,
    listeners,
    commit(run: string) {
      for (const [listener, of] of [...listeners]) if (of === run) listener([]);
    },
  };
}

/** Subscriptions of a client that reads as long as `reads` is true. */
function followed(...runs: string[]) {
  const engine = running(...runs);
  const clock = new ManualClock();
  const told: string[] = [];
  const state = { reads: true };
  const room = new FollowRoom(MOST_FOLLOWED + 5);
  const make = () =>
    new Subscriptions({
      opcode: engine.opcode,
      clock,
      room,
      tell: (changed) => state.reads && told.push(changed) > 0,
    });
  return { ...engine, clock, told, state, room, make, subscriptions: make() };
}

test("each commit is told, those that come together by one more", async () => {
  const { subscriptions, commit, clock, told } = followed("r", "s");
  await subscriptions.add(uri("r"));
  commit("s");
  assert.deepEqual(told, []);
  for (let i = 0; i < 5; i++) commit("r");
  assert.deepEqual(told, [uri("r")], "the first at once");
  clock.advance(PAUSE_MS);
  assert.deepEqual(told, [uri("r"), uri("r")], "the others by one");
  clock.advance(10 * PAUSE_MS);
  assert.equal(told.length, 2);
  commit("r");
  assert.equal(told.length, 3);
});

test("who does not read is told once that it does, of what has changed alone", async () => {
  const { subscriptions, commit, clock, told, state } = followed("r", "s");
  await subscriptions.add(uri("r"));
  await subscriptions.add(uri("s"));
  state.reads = false;
  commit("r");
  commit("r");
  clock.advance(PAUSE_MS);
  state.reads = true;
  subscriptions.ready();
  subscriptions.ready();
  assert.deepEqual(told, [uri("r")]);
});

test("what is unsubscribed from, or closed, costs and says nothing more", async () => {
  const { subscriptions, commit, clock, told, listeners, room } = followed("r", "s");
  await subscriptions.add(uri("r"));
  await subscriptions.add(uri("r"));
  assert.equal(listeners.size, 1, "twice is once");
  commit("r");
  commit("r");
  subscriptions.remove(uri("r"));
  subscriptions.remove(uri("nothing"));
  assert.deepEqual([clock.pending, listeners.size, room.used], [0, 0, 0]);
  await subscriptions.add(uri("s"));
  commit("s");
  subscriptions.close();
  assert.deepEqual([clock.pending, listeners.size, room.used], [0, 0, 0]);
  assert.deepEqual(told, [uri("r"), uri("s")]);
  await assert.rejects(subscriptions.add(uri("s")), "a session that is over follows nothing");
});

test("there are only so many of a session, and of all, and the refusal says how many", async () => {
  const runs = Array.from({ length: MOST_FOLLOWED + 1 }, (_, i) => `r${i}`);
  const { subscriptions, make, room } = followed(...runs);
  for (const run of runs.slice(0, MOST_FOLLOWED)) await subscriptions.add(uri(run));
  await assert.rejects(
    subscriptions.add(uri(runs.at(-1)!)),
    /as many resources are subscribed to as one session may \(100\): resources\/unsubscribe/,
  );
  const other = make();
  for (const run of runs.slice(0, 5)) await other.add(uri(run));
  await assert.rejects(other.add(uri(runs[5]!)), /by all clients as there is room for \(105\)/);
  subscriptions.remove(uri(runs[0]!));
  await other.add(uri(runs[5]!));
  assert.equal(room.used, room.most);
});

test("a session is told over its GET stream until that ends, and an unknown run is refused", async (t) => {
  const { opcode, commit, listeners } = running("r");
  const app = mcpApp(t, { opcode });
  const session = await openSession(app);
  let id = 0;
  const ask = async (method: string, of: string) => {
    const message = { jsonrpc: "2.0", id: ++id, method, params: { uri: of } };
    return (await session.send(message)).body;
  };
  assert.deepEqual(session.server.capabilities.resources, { subscribe: true });
  assert.deepEqual((await ask("resources/subscribe", uri("r"))).result, {});
  const missing = (await ask("resources/subscribe", uri("nothing"))).error;
  assert.deepEqual([missing.code, missing.data.uri], [-32602, uri("nothing")]);
  const other = (await ask("resources/subscribe", "opcode://templates/t")).error;
  assert.match(other.message, /only opcode:\/\/runs\/\{id\} can be subscribed to/);
  assert.equal(listeners.size, 1);

  commit("r");
  const stream = events(await session.listen());
  const told = { jsonrpc: "2.0", method: "notifications/resources/updated" };
  assert.deepEqual(await nextMessage(stream), { ...told, params: { uri: uri("r") } });
  assert.deepEqual((await ask("resources/unsubscribe", uri("r"))).result, {});
  assert.equal(listeners.size, 0);
  await ask("resources/subscribe", uri("r"));
  commit("r");
  assert.equal((await nextMessage(stream)).params.uri, uri("r"));
  const gone = await app.fetch("/mcp", { method: "DELETE", headers: session.headers });
  assert.equal(gone.status, 200);
  assert.equal(listeners.size, 0, "it ends with its session");
});

test("a legacy session follows runs over its one stream", async (t) => {
  const { opcode, commit, listeners } = running("r");
  const app = mcpApp(t, { opcode });
  const stream = events(await app.fetch("/sse"));
  const path = (await stream.next()).value!.data.replace(/^https?:\/\/[^/]+/, "");
  const ask = async (method: string, params: JsonObject) => {
    await post(app, { jsonrpc: "2.0", id: method, method, params }, { path });
    return await nextMessage(stream);
  };
  const clientInfo = { name: "old", version: "1" };
  await ask("initialize", { protocolVersion: "2024-11-05", capabilities: {}, clientInfo });
  assert.deepEqual((await ask("resources/subscribe", { uri: uri("r") })).result, {});
  commit("r");
  const { method, params } = await nextMessage(stream);
  assert.deepEqual([method, params], ["notifications/resources/updated", { uri: uri("r") }]);
  await stream.return(undefined);
  assert.equal(listeners.size, 0);
});

test("without sessions a listen stream says what it follows, and is told after the acknowledgement", async (t) => {
  const { opcode, commit, listeners } = running("r");
  const app = mcpApp(t, { opcode });
  const { headers, _meta } = stateless("subscriptions/listen");
  const listen = (resourceSubscriptions: string[]) =>
    app.fetch("/mcp", {
      method: "POST",
      headers: {
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
        ...headers,
      },
      body: JSON.stringify({
        jsonrpc: "2.0",
        id: 7,
        method: "subscriptions/listen",
        params: { notifications: { resourceSubscriptions }, _meta },
      }),
    });
  const refused = await (await listen([uri("r"), uri("nothing")])).json();
  assert.deepEqual([refused.id, refused.error.code], [7, -32602]);
  assert.equal(listeners.size, 0);
  const stream = events(await listen([uri("r")]));
  const acknowledged = await nextMessage(stream);
  assert.equal(acknowledged.method, "notifications/subscriptions/acknowledged");
  assert.deepEqual(acknowledged.params.notifications, { resourceSubscriptions: [uri("r")] });
  commit("r");
  const { method, params } = await nextMessage(stream);
  assert.equal(method, "notifications/resources/updated");
  assert.equal(params.uri, uri("r"));
  assert.equal(params._meta["io.modelcontextprotocol/subscriptionId"], 7);
  await stream.return(undefined);
  assert.equal(listeners.size, 0);
});

test("an agent with an identity follows the runs that it sees, and no other is there", async () => {
  const rights = { allow: ["*"], templates: ["mine"], decide: "own" as const };
  const engine = await openTestEngine({ agents: { ann: rights } });
  const runs: Record<string, string> = {};
  for (const name of ["mine", "other"]) {
    await engine.define(name, [{ id: "w", type: "wait", config: { signal: "go" } }]);
    const run = await engine.opcode.run({ template_name: name, agent_id: "ann" });
    runs[name] = run.workflow_id;
  }
  const told: string[] = [];
  const subscriptions = new Subscriptions({
    opcode: engine.opcode.as("ann"),
    clock: new ManualClock(),
    room: new FollowRoom(),
    tell: (changed) => told.push(changed) > 0,
  });
  await assert.rejects(subscriptions.add(uri(runs.other!)), { data: { uri: uri(runs.other!) } });
  await subscriptions.add(uri(runs.mine!));
  assert.equal(subscriptions.count, 1);
  const signal = { signal_type: "data", payload: { signal: "go" }, agent_id: "ann" } as const;
  for (const workflow_id of Object.values(runs)) {
    await engine.opcode.signal({ workflow_id, ...signal });
  }
  assert.deepEqual(new Set(told), new Set([uri(runs.mine!)]));
  subscriptions.close();
});
