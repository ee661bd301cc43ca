// That a program's input reaches it whole, and is held no longer than until it is there.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { JsonObject } from "../../../core/json.ts";
import { actionContext, actionNamed, execute } from "../../support/action-context.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

const MIB = 1024 * 1024;

/** Bytes of the heap, and beside it, that are in use. */
function inUse(): number {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

test("a text of characters of all widths is the same behind the pipe", async () => {
  for (const shift of ["", "a", "ab", "abc"]) {
    const stdin = shift + "xé€😀".repeat(60_000);
    const { stdout } = await execute("shell.exec", { command: "cat", stdin });
    assert.ok(stdout === stdin);
  }
});

test("a text that was read is let go of while its program still runs", async () => {
  const context = actionContext();
  const read = Promise.withResolvers<void>();
  context.release = (param) => {
    assert.equal(param, "stdin");
    delete params.stdin;
    read.resolve();
  };
  const before = inUse();
  const params: JsonObject = {
    command: "/bin/sh",
    args: ["-c", "cat >/dev/null; exec sleep 600"],
    // Nobody else has this text.
    stdin: Buffer.alloc(28 * MIB, "x").toString("latin1"),
  };
  const ended = assert.rejects(
    actionNamed("shell.exec").execute(params, context) as Promise<unknown>,
    /cancelled by the test/,
  );
  await read.promise;
  let kept = inUse() - before;
  for (let turn = 0; kept >= 4 * MIB && turn < 50; turn++) {
    await new Promise(setImmediate);
    kept = inUse() - before;
  }
  assert.ok(kept < 4 * MIB, `${kept} bytes are kept`);
  context.abort();
  await ended;
});
