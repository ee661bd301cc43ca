// What a slow reader loses: notifications first, a result never without the stream ending.

import assert from "node:assert/strict";
import { test } from "node:test";
import { QueueRoom, SseStream } from "../../../server/mcp/sse-stream.ts";
import { events } from "../../support/mcp-app.ts";

test("events arrive in order and close ends the stream after them", async () => {
  const stream = new SseStream();
  stream.write("a", "1");
  stream.comment("nothing to see");
  stream.write("b", "2");
  stream.close();
  const got = [];
  for await (const event of events(stream.response())) got.push([event.event, event.data]);
  assert.deepEqual(got, [["a", "1"], ["b", "2"]]);
  assert.equal(stream.write("c", "3"), false);
});

test("a reader that lags misses what can be missed, and has room for what cannot", () => {
  const stream = new SseStream({ capacity: 1000 });
  const text = "x".repeat(300);
  assert.equal(stream.offer("n", text), true);
  assert.equal(stream.offer("n", text), true);
  assert.equal(stream.offer("n", text), false);
  assert.equal(stream.write("r", text), true);
  assert.equal(stream.open, true);
});

test("a result that finds no room ends the stream, once", async () => {
  let closed = 0;
  const stream = new SseStream({ capacity: 100, onClose: () => closed++ });
  const response = stream.response();
  assert.equal(stream.write("r", "x".repeat(200)), true);
  assert.equal(stream.write("r", "lost"), false);
  assert.equal(stream.open, false);
  assert.equal(closed, 1);
  stream.close();
  assert.equal(closed, 1);
  await assert.rejects(response.text());
});

test("a reader that leaves is noticed", async () => {
  let closed = 0;
  const stream = new SseStream({ onClose: () => closed++ });
  await stream.response().body!.cancel();
  assert.equal(closed, 1);
  assert.equal(stream.write("r", "x"), false);
});

test("what waits in all streams is bounded: the one that has lagged for longest ends", async () => {
  const room = new QueueRoom(1_000);
  const streams = Array.from({ length: 4 }, () => new SseStream({ room }));
  const text = "x".repeat(280);
  const reader = streams[0]!.response().body!.getReader();
  streams[0]!.write("r", text);
  await reader.read();
  for (const stream of streams.slice(1)) assert.equal(stream.write("r", text), true);
  assert.deepEqual(streams.map(({ open }) => open), [true, true, true, true]);
  // The one that reads keeps its place, the longest of the others pays for it.
  assert.equal(streams[0]!.write("r", text), true);
  assert.deepEqual(streams.map(({ open }) => open), [true, false, true, true]);
  assert.ok(room.bytes <= 1_000);
  for (const stream of streams) stream.close();
  assert.equal(room.bytes, 0);
});
