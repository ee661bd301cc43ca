// That the event stream of a real run can be left and taken up again anywhere.

import assert from "node:assert/strict";
import { once } from "node:events";
import { Agent, type IncomingMessage, request } from "node:http";
import { test } from "node:test";
import { parseEvents } from "../../../cli/sse.ts";
import { startTestDaemon } from "../../support/daemon.ts";
import { defineTemplate, HASH_STEPS, rest } from "../../support/http.ts";

interface Seen {
  id: number;
  type: string;
  sequence: number;
}

/** Reads the stream until `enough` says so. */
async function read(
  url: string,
  run: string,
  lastId: string | undefined,
  enough: (seen: Seen[]) => boolean,
): Promise<Seen[]> {
  const stop = new AbortController();
  const response = await fetch(`${url}/api/v1/events/stream?run=${run}`, {
    headers: lastId === undefined ? {} : { "last-event-id": lastId },
    signal: stop.signal,
  });
  assert.equal(response.headers.get("content-type"), "text/event-stream");
  const seen: Seen[] = [];
  for await (const frame of parseEvents(response.body as unknown as AsyncIterable<Uint8Array>)) {
    if (frame.id === undefined) continue;
    const event = JSON.parse(frame.data);
    assert.equal(event.event_type, frame.event);
    assert.equal(event.id, Number(frame.id));
    assert.equal(event.workflow_id, run);
    seen.push({ id: event.id, type: frame.event, sequence: event.sequence });
    if (enough(seen)) break;
  }
  stop.abort();
  return seen;
}

const ended = (seen: Seen[]) => seen.at(-1)!.type === "workflow_completed";

test("cut after every event, the pieces make the whole log", async (t) => {
  const { url } = await startTestDaemon(t);
  await defineTemplate(url, "hash", HASH_STEPS);
  const { body } = await rest(url, "POST", "/api/v1/runs", {
    template_name: "hash",
    agent_id: "a",
    params: { text: "x" },
  });
  const whole = await read(url, body.workflow_id, undefined, ended);
  assert.deepEqual(whole.map((event) => event.sequence), whole.map((_, i) => i + 1));
  assert.deepEqual(await read(url, body.workflow_id, "0", ended), whole);
  for (let cut = 1; cut < whole.length; cut++) {
    const rest = await read(url, body.workflow_id, String(whole[cut - 1]!.id), ended);
    assert.deepEqual(rest, whole.slice(cut));
  }
});

test("events of a run that is under way arrive as they are committed", async (t) => {
  const { url } = await startTestDaemon(t);
  await defineTemplate(url, "sleep", [
    { id: "one", type: "action", action: "crypto.uuid" },
    {
      id: "two",
      type: "action",
      action: "shell.exec",
      params: { command: "sleep", args: ["0.3"] },
      depends_on: ["one"],
    },
  ]);
  const { body } = await rest(url, "POST", "/api/v1/runs", {
    template_name: "sleep",
    agent_id: "a",
  });
  const first = await read(
    url,
    body.workflow_id,
    undefined,
    (seen) => seen.filter((event) => event.type === "step_started").length === 2,
  );
  const status = await rest(url, "GET", `/api/v1/runs/${body.workflow_id}`);
  assert.equal(status.body.status, "active", "seen while the second step still runs");
  const last = await read(url, body.workflow_id, String(first.at(-1)!.id), ended);
  const all = [...first, ...last].map((event) => event.sequence);
  assert.deepEqual(all, all.map((_, i) => i + 1));
});

test("a stream of a template that is not there, or of types that are none, is refused", async (t) => {
  const { url } = await startTestDaemon(t);
  await defineTemplate(url, "hash", HASH_STEPS);
  const refused = async (query: string) => {
    const { status, body } = await rest(url, "GET", `/api/v1/events/stream?${query}`);
    return [status, body.error.message];
  };
  const [status, message] = await refused("template=hsah");
  assert.equal(status, 404);
  assert.match(message, /template "hsah" not found.*"hash"/);
  const [wrong, rule] = await refused("types=step_started,step_complete");
  assert.equal(wrong, 400);
  assert.match(rule, /types: step_complete is not a type of events.*"step_completed"/);
});

test("the stop of the daemon ends the stream", async (t) => {
  const daemon = await startTestDaemon(t);
  const response = await fetch(`${daemon.url}/api/v1/events/stream`);
  const reader = response.body!.getReader();
  await reader.read();
  await daemon.close();
  for (let part = await reader.read(); !part.done;) part = await reader.read();
});

test("one stream more than max_event_streams is refused, and the place of one that ends is free", async (t) => {
  const { url } = await startTestDaemon(t, { settings: { max_event_streams: "2" } });
  const open = () => fetch(`${url}/api/v1/events/stream`);
  const [first, second] = [await open(), await open()];
  const refused = await open();
  assert.deepEqual([refused.status, refused.headers.get("retry-after")], [429, "5"]);
  const { error } = await refused.json() as { error: { code: string; message: string } };
  assert.equal(error.code, "BUSY");
  assert.match(error.message, /max_event_streams allows \(2\)/);
  await first.body!.cancel();
  let third = await open();
  // The daemon learns of a client that has gone with the next packet.
  while (third.status === 429) third = await open();
  assert.equal(third.status, 200);
  await Promise.all([second.body!.cancel(), third.body!.cancel()]);
});

test("a HEAD has the headers of a stream and leaves none behind", async (t) => {
  const { url } = await startTestDaemon(t, { settings: { max_event_streams: "1" } });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  t.after(() => agent.destroy());
  const head = async () => {
    const asked = request(`${url}/api/v1/events/stream`, { method: "HEAD", agent }).end();
    const [response] = await once(asked, "response") as [IncomingMessage];
    response.resume();
    await once(response, "end");
    return [response.statusCode, response.headers["content-type"]];
  };
  // All on one connection, which stays open: its end would end what it asked for.
  for (let i = 0; i < 3; i++) assert.deepEqual(await head(), [200, "text/event-stream"]);
  const stop = new AbortController();
  const stream = await fetch(`${url}/api/v1/events/stream`, { signal: stop.signal });
  assert.equal(stream.status, 200);
  stop.abort();
});
