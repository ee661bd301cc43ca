// That a message of hundreds of thousands of keys is refused before the protocol layer copies them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { tooLargeFor } from "../../../server/mcp/message-size.ts";

const keys = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, {}]));
const message = (params: object) => ({ jsonrpc: "2.0", id: 1, method: "initialize", params });
const rule = "a message must hold at most 5000 values outside of params.arguments";

test("what a client says of itself is small", () => {
  assert.equal(tooLargeFor(message({ capabilities: keys(100) })), undefined);
  for (
    const params of [
      { capabilities: keys(6_000) },
      { capabilities: { experimental: keys(6_000) } },
      { capabilities: { experimental: { a: Array.from({ length: 6_000 }, () => 1) } } },
      { _meta: keys(6_000) },
      keys(6_000),
    ]
  ) assert.equal(tooLargeFor(message(params)), rule);
  assert.equal(tooLargeFor({ jsonrpc: "2.0", id: 1, result: keys(6_000) }), rule);
});

test("what a call's arguments hold is the tool's business, but for how many there are", () => {
  const call = (args: object) => message({ name: "opcode.define", arguments: args });
  assert.equal(tooLargeFor(call({ definition: keys(9_000) })), undefined);
  assert.equal(tooLargeFor(call(keys(1_000))), undefined);
  assert.equal(
    tooLargeFor(call(keys(1_001))),
    "params.arguments: must have at most 1000 members",
  );
});

test("a batch is as large as one message, and has at most a hundred", () => {
  const ping = message({});
  assert.equal(tooLargeFor(Array.from({ length: 100 }, () => ping)), undefined);
  assert.equal(
    tooLargeFor(Array.from({ length: 101 }, () => ping)),
    "a batch must have at most 100 messages",
  );
  assert.equal(tooLargeFor(Array.from({ length: 100 }, () => message(keys(100)))), rule);
});

test("anything else is left to whoever reads it", () => {
  for (const body of [null, 1, "x", {}, [], [null], { params: 1 }, { params: { arguments: 1 } }]) {
    assert.equal(tooLargeFor(body), undefined);
  }
});
