// What all fs actions say of params that are missing and of what the system refuses.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fsActions } from "../../../actions/fs.ts";
import type { JsonObject } from "../../../core/json.ts";
import { OpcodeError } from "../../../core/errors.ts";
import { failsWith } from "../../support/action-context.ts";
import { fsPlace } from "../../support/fs-place.ts";

const full: JsonObject = { path: "none/x", src: "none/x", dst: "none/y", content: "" };

/** An action's required params, all given. */
function paramsOf({ input }: { input: JsonObject }): JsonObject {
  return Object.fromEntries((input.required as string[]).map((name) => [name, full[name]!]));
}

test("there are eight, and only those that read may run again", () => {
  assert.equal(fsActions.length, 8);
  assert.ok(fsActions.every(({ effects }) => effects === "external"));
  const repeatable = fsActions.filter((action) => action.repeatable).map(({ name }) => name);
  assert.deepEqual(repeatable, ["fs.list", "fs.read", "fs.stat"]);
});

test("every required param of every fs action must be there", async (t) => {
  const { run } = fsPlace(t);
  for (const action of fsActions) {
    for (const missing of action.input.required as string[]) {
      const params = paramsOf(action);
      const refused = (value: JsonObject) =>
        assert.rejects(
          run(action.name, value),
          failsWith("VALIDATION_ERROR", new RegExp(`^params\\.${missing}: `)),
          `${action.name} ${missing}`,
        );
      await refused({ ...params, [missing]: null });
      if (missing !== "content") await refused({ ...params, [missing]: "" });
      delete params[missing];
      await refused(params);
    }
  }
});

test("an error names its path and the system's code, in its details too", async (t) => {
  const { at, run } = fsPlace(t);
  for (const action of fsActions) {
    await assert.rejects(run(action.name, paramsOf(action)), (error) => {
      assert(error instanceof OpcodeError);
      assert.equal(error.code, "EXECUTION_ERROR");
      assert.equal(error.message, `${at("none/x")}: no such file or directory (ENOENT)`);
      assert.deepEqual(error.details, { path: at("none/x"), cause_code: "ENOENT" });
      return true;
    }, action.name);
  }
});
