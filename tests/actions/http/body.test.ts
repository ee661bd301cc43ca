// That a request's body is sent whole, and held no longer than it can be asked for.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { JsonObject } from "../../../core/json.ts";
import { actionContext, actionNamed, execute } from "../../support/action-context.ts";
import { httpServer } from "../../support/http-server.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

const MIB = 1024 * 1024;

function inUse(): number {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

test("a long body arrives as it is, also behind a redirect", async (t) => {
  const { url, requests } = await httpServer(t, async (request, response) => {
    const bytes: Buffer[] = [];
    for await (const chunk of request) bytes.push(chunk);
    if (request.url === "/") response.writeHead(307, { location: "/there" }).end();
    else response.end(Buffer.concat(bytes));
  });
  const body = "axé€😀".repeat(60_000);
  const params = { url, body, body_encoding: "text" };
  const reply = await execute("http.post", params);
  assert.ok(reply.body === body);
  const length = String(Buffer.byteLength(body));
  assert.deepEqual(requests.map(({ headers }) => headers["content-length"]), [length, length]);
});

test("a server that answers before it has read the body is heard", async (t) => {
  const { url } = await httpServer(t, (_, response) => void response.writeHead(413).end("no"));
  const params = { url, body: "x".repeat(28 * MIB), body_encoding: "text" };
  const { status_code, body } = await execute("http.post", params);
  assert.deepEqual([status_code, body], [413, "no"]);
});

test("a server that answers while it reads gets all of the body", async (t) => {
  const { url } = await httpServer(t, async (request, response) => {
    response.write("has: ");
    let read = 0;
    for await (const chunk of request) read += chunk.length;
    response.end(String(read));
  });
  const params = { url, body: "x".repeat(28 * MIB), body_encoding: "text" };
  assert.equal((await execute("http.post", params)).body, `has: ${28 * MIB}`);
});

// Another runtime's client keeps what it likes.
const skip = "Deno" in globalThis;

test("a body is let go of while its response still comes", { skip }, async (t) => {
  const { url } = await httpServer(t, (request, response) => {
    request.resume().once("end", () => response.write("it goes on"));
  });
  const context = actionContext();
  const sent = Promise.withResolvers<void>();
  context.release = (param) => {
    delete params[param];
    sent.resolve();
  };
  const small: JsonObject = { url, body: "x", body_encoding: "text", timeout: "1ms" };
  // The client is loaded first.
  await assert.rejects(execute("http.post", small));
  const before = inUse();
  const params: JsonObject = {
    url,
    headers: {},
    query: {},
    // Nobody else has this text.
    body: Buffer.alloc(28 * MIB, "x").toString("latin1"),
    body_encoding: "text",
    follow_redirects: true,
    max_redirects: 10,
  };
  const ended = assert.rejects(
    actionNamed("http.post").execute(params, context) as Promise<unknown>,
    /cancelled by the test/,
  );
  await sent.promise;
  // What the server has read goes at leisure; a text that is held stays held.
  let kept = inUse() - before;
  for (let turn = 0; kept >= 8 * MIB && turn < 50; turn++) {
    await new Promise(setImmediate);
    kept = inUse() - before;
  }
  assert.ok(kept < 8 * MIB, `${kept} bytes are kept`);
  context.abort();
  await ended;
});
