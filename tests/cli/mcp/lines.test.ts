// How lines are cut out of a stream, wherever it is cut itself.

import assert from "node:assert/strict";
import { test } from "node:test";
import { readLines, TOO_LONG } from "../../../cli/mcp/lines.ts";

async function lines(text: string, size: number, maxBytes: number): Promise<(string | null)[]> {
  const bytes = new TextEncoder().encode(text);
  async function* chunks() {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  }
  const found: (string | null)[] = [];
  for await (const line of readLines(chunks(), maxBytes)) {
    found.push(line === TOO_LONG ? null : new TextDecoder().decode(line));
  }
  return found;
}

test("lines are the same for every chunk size; what follows the last end is one", async () => {
  for (let size = 1; size <= 12; size++) {
    assert.deepEqual(await lines("é\n\nabc\nd", size, 10), ["é", "", "abc", "d"], `by ${size}`);
  }
});

test("a line beyond the bound is told and not kept; the next one is whole again", async () => {
  for (let size = 1; size <= 12; size++) {
    assert.deepEqual(await lines("abcde\nabcd\nabcdefgh", size, 4), [null, "abcd", null]);
  }
});
