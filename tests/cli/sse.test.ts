// How frames are cut out of a stream, wherever the network cuts it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Frame, parseEvents } from "../../cli/sse.ts";

const TEXT =
  'retry: 1000\n\nid: 1\nevent: a\ndata: {"é":1}\n\n: comment\n\ndata: x\r\ndata:y\r\n\r\nid: 2\n';

async function parse(size: number): Promise<Frame[]> {
  const bytes = new TextEncoder().encode(TEXT);
  async function* chunks() {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  }
  const frames: Frame[] = [];
  for await (const frame of parseEvents(chunks())) frames.push(frame);
  return frames;
}

test("frames are the same for every chunk size; an unfinished one is dropped", async () => {
  for (let size = 1; size <= 20; size++) {
    assert.deepEqual(await parse(size), [
      { id: "1", event: "a", data: '{"é":1}' },
      { id: undefined, event: "message", data: "x\ny" },
    ], `chunks of ${size}`);
  }
});
