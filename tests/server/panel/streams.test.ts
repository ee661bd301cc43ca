// Whether the panel's streams tell what the API's do, to the same people, for as long as the panel is on.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Hono } from "hono";
import { loadPanel } from "../../../cli/panel/load.ts";
import { parseEvents } from "../../../cli/sse.ts";
import { streamFaces } from "../../../server/panel/streams.ts";
import { startTestDaemon } from "../../support/daemon.ts";
import { defineTemplate, HASH_STEPS, rest } from "../../support/http.ts";
import { ManualClock } from "../../support/mcp-clock.ts";

test("they tell of all runs, or of one from its first event on, as the API does", async (t) => {
  const settings = { panel: "true" };
  const { url } = await startTestDaemon(t, { panel: loadPanel, settings });
  await defineTemplate(url, "hash", HASH_STEPS);
  const all = await fetch(`${url}/sse/events`);
  assert.equal(all.headers.get("content-type"), "text/event-stream");
  const body = { template_name: "hash", agent_id: "a", params: { text: "x" }, wait_ms: 10_000 };
  const { workflow_id } = (await rest(url, "POST", "/api/v1/runs", body)).body;
  const one = await fetch(`${url}/sse/workflows/${workflow_id}?types=workflow_completed`);
  for (const response of [all, one]) {
    for await (const { id, event, data } of parseEvents(response.body!)) {
      const told = JSON.parse(data);
      assert.deepEqual([told.workflow_id, told.event_type], [workflow_id, event]);
      assert.notEqual(id, undefined);
      if (event === "workflow_completed") break;
    }
  }
  assert.equal((await fetch(`${url}/sse/workflows/nothing`)).status, 404);
  const wrong = await rest(url, "POST", "/sse/events", {});
  assert.deepEqual([wrong.status, wrong.headers.get("allow")], [405, "GET, HEAD"]);
});

test("without the panel there are none, and with a token none without it", async (t) => {
  const off = await startTestDaemon(t, { panel: loadPanel });
  for (const path of ["/sse/events", "/sse/workflows/x"]) {
    assert.equal((await fetch(off.url + path)).status, 404, path);
  }
  const settings = { panel: "true", auth_token: "s3cret" };
  const on = await startTestDaemon(t, { panel: loadPanel, settings });
  assert.equal((await fetch(`${on.url}/sse/events`)).status, 401);
  const headers = { authorization: "Bearer s3cret" };
  const stream = await fetch(`${on.url}/sse/events`, { headers });
  assert.equal(stream.status, 200);
  await stream.body!.cancel();
});

test("they end when the panel is switched off, and nobody looks when none is open", async () => {
  const app = new Hono();
  const clock = new ManualClock();
  const state = { on: true };
  const ended: string[] = [];
  app.get("/api/v1/events/stream", (c) => {
    c.req.raw.signal.addEventListener("abort", () => ended.push(c.req.query("run") ?? "all"));
    return new Response(new ReadableStream(), { headers: { "content-type": "text/event-stream" } });
  });
  streamFaces(app, { isOn: () => state.on, clock });
  await app.request("http://localhost/sse/events");
  await app.request("http://localhost/sse/workflows/r");
  const left = new AbortController();
  await app.request("http://localhost/sse/events", { signal: left.signal });
  left.abort();
  assert.deepEqual(ended.splice(0), ["all"]);
  clock.advance(10_000);
  assert.deepEqual([ended, clock.pending], [[], 1]);
  state.on = false;
  clock.advance(1_000);
  assert.deepEqual([ended, clock.pending], [["all", "r"], 0]);
  assert.equal((await app.request("http://localhost/sse/events")).status, 404);
});
