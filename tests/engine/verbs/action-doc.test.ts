// Whether one who asks for an action that is not there is told of which, in few words.

import assert from "node:assert/strict";
import { test } from "node:test";
import { OpcodeError } from "../../../core/errors.ts";
import { actionRows } from "../../../engine/verbs/action-doc.ts";

test("a long name that no action has is cut in the answer", () => {
  const name = `\n${"x".repeat(24_000)}`;
  assert.throws(() => actionRows([], { name }), (error) => {
    assert.ok(error instanceof OpcodeError);
    assert.equal(error.code, "NOT_FOUND");
    assert.match(error.message, /^action "\\nx+…" not found/);
    assert.ok(error.message.length < 200, error.message);
    return true;
  });
});
