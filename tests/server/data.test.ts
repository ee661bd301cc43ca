// Of what a start makes before it has the lock only that is taken away which nobody else may be using.

import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { OpcodeError } from "../../core/errors.ts";
import type { Lock, StorePlace } from "../../engine/store/place.ts";
import { lockOrLeave } from "../../server/data.ts";
import { StartError } from "../../server/start-error.ts";
import { Traces } from "../../server/traces.ts";
import { tempHome } from "../support/daemon.ts";

/** Whether the library is still there after a start that has made it, and whose lock came out so. */
function staysAfter(t: TestContext, take: () => Lock, directory: string | null = null): boolean {
  const library = join(tempHome(t), "library");
  writeFileSync(library, "code");
  const traces = new Traces();
  try {
    lockOrLeave({ made: [library], directory } as unknown as StorePlace, traces, take);
  } catch {
    // As the start ends then.
  }
  traces.removeFiles();
  return existsSync(library);
}

const fails = (error: Error) => () => {
  throw error;
};

test("another process has the lock: it may use what was made meanwhile", (t) => {
  const taken = new OpcodeError("CONFLICT", "in use");
  assert.ok(staysAfter(t, fails(taken)));
  assert.ok(staysAfter(t, fails(new StartError("in use: process 7", { cause: taken }))));
});

test("nobody has it: a start that fails then leaves nothing", (t) => {
  assert.ok(!staysAfter(t, fails(new OpcodeError("STORE_ERROR", "no room"))));
  const takes = () => ({ path: "none", isNew: false, release() {} });
  assert.ok(!staysAfter(t, takes));
  const file = join(tempHome(t), "file");
  writeFileSync(file, "");
  assert.ok(!staysAfter(t, takes, join(file, "below")));
});
