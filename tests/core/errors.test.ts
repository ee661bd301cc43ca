// What an error keeps of what it is told.

import assert from "node:assert/strict";
import { test } from "node:test";
import { OpcodeError, toErrorObject } from "../../core/errors.ts";

test("a message that echoes a very long value is cut, and says so", () => {
  const long = "x".repeat(50_000);
  for (const { message } of [new OpcodeError("NOT_FOUND", long), toErrorObject(new Error(long))]) {
    assert.ok(message.length < 10_100);
    assert.match(message, /… \(50000 characters\)$/);
  }
  assert.equal(new OpcodeError("NOT_FOUND", "short").message, "short");
});
