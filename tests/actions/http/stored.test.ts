// Whatever a server answers, the output can be stored.

import assert from "node:assert/strict";
import { test } from "node:test";
import { jsonBytes } from "../../../actions/captured-text.ts";
import { parseJson } from "../../../core/exact-json.ts";
import { actionContext, execute } from "../../support/action-context.ts";
import { type Cleanup } from "../../support/daemon.ts";
import { httpServer } from "../../support/http-server.ts";
import { openTestEngine } from "../../support/test-engine.ts";

const MIB = 1024 * 1024;

async function answering(t: Cleanup, type: string, body: string | Buffer) {
  const server = await httpServer(t, (_, response) => {
    response.writeHead(200, { "content-type": type, "set-cookie": ["a=1", "b=2"] }).end(body);
  });
  return server.url;
}

test("a body that grows beyond the output's limit is cut, and the run goes on", async (t) => {
  const url = await answering(t, "text/plain", "\0".repeat(10 * MIB));
  const engine = await openTestEngine();
  const steps = [{ id: "get", type: "action", action: "http.get", params: { url } }];
  const { status, output } = await engine.run(steps) as any;
  assert.equal(status, "completed");
  const stored = output.truncated === undefined ? output.get ?? output : output;
  assert.equal(stored.truncated, true);
  assert.ok(stored.body.length > 2 * MIB);
  await engine.opcode.stop();
});

test("texts fill the room there is, and no more", async (t) => {
  for (const body of ["\0".repeat(5_000), "é\n".repeat(5_000), '"'.repeat(5_000)]) {
    const url = await answering(t, "text/plain", body);
    const output = await execute("http.get", { url }, actionContext({ maxOutput: 2_000 }));
    assert.equal(output.truncated, true);
    const size = jsonBytes(output);
    assert.ok(size <= 2_000 && size > 1_900, String(size));
    assert.ok(body.startsWith(output.body));
  }
});

test("binary bodies are cut to whole bytes that fit", async (t) => {
  const bytes = Buffer.alloc(5_000, 0xff);
  const url = await answering(t, "image/png", bytes);
  const output = await execute("http.get", { url }, actionContext({ maxOutput: 2_000 }));
  assert.deepEqual([output.truncated, output.body_encoding], [true, "base64"]);
  const kept = Buffer.from(output.body, "base64");
  assert.deepEqual(kept, bytes.subarray(0, kept.length));
  const size = jsonBytes(output);
  assert.ok(size <= 2_000 && size > 1_900, String(size));
});

test("JSON that would grow beyond the limit stays the text it is", async (t) => {
  const body = `[${"1e20,".repeat(200)}1]`;
  const url = await answering(t, "application/json", body);
  const small = await execute("http.get", { url }, actionContext({ maxOutput: 2_000 }));
  assert.deepEqual([small.body, small.truncated], [body, undefined]);
  const large = await execute("http.get", { url }, actionContext({ maxOutput: 8_000 }));
  assert.deepEqual(large.body, parseJson(body));
});

test("JSON that is nested too deep to be stored stays the text it is", async (t) => {
  const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
  const deep = await answering(t, "application/json", nested(1_000));
  assert.equal((await execute("http.get", { url: deep })).body, nested(1_000));
  const legal = await answering(t, "application/json", nested(999));
  assert.deepEqual((await execute("http.get", { url: legal })).body, JSON.parse(nested(999)));
});

test("a limit that not even the headers fit cuts the whole body", async (t) => {
  const url = await answering(t, "text/plain", "text");
  const output = await execute("http.get", { url }, actionContext({ maxOutput: 10 }));
  assert.deepEqual([output.body, output.truncated], ["", true]);
});
