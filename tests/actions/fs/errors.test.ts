// What all fs actions say of params that are missing and of what the system refuses.

import assert from "node:assert/strict";
import { symlinkSync } from "node:fs";
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
      const advice = action.name === "fs.write" ? "; create_dirs: true makes its parents" : "";
      assert.equal(error.message, `${at("none/x")}: no such file or directory (ENOENT)${advice}`);
      assert.deepEqual(error.details, { path: at("none/x"), cause_code: "ENOENT" });
      return true;
    }, action.name);
  }
});

test("what the settings refuse is told in one form by every fs action, the path once", async (t) => {
  const { at, file, run, limited } = fsPlace(t);
  file("d/x", "");
  file("r/x", "");
  const params = { path: "d/x", src: "d/x", dst: "r/y", content: "" };
  const writes = ["fs.append", "fs.delete", "fs.move", "fs.write"];
  const own = { isProtected: () => true };
  for (const { name } of fsActions) {
    const allowed = writes.includes(name) ? "fs.writable" : "fs.read_only or fs.writable";
    const cases = [
      [await limited({ deny: ["d"] }), "is under a path of fs.deny", { setting: "fs.deny" }],
      [await limited({ readOnly: ["r"] }), `is not under a path of ${allowed}`, {
        setting: allowed.split(" ")[0]!,
      }],
      [await limited({}, own), "is one of opcode's own files", {}],
    ] as const;
    for (const [context, reason, setting] of cases) {
      await assert.rejects(run(name, params, context), {
        code: "PATH_DENIED",
        message: `${at("d/x")}: ${reason}`,
        details: { path: at("d/x"), ...setting },
      }, name);
    }
  }
  const context = await limited({ readOnly: ["d"] });
  for (const name of ["fs.copy"]) {
    await assert.rejects(run(name, params, context), {
      message: `${at("r/y")}: is not under a path of fs.writable`,
    });
  }
});

test("what is in the way is told alike, whether we or the system found it", async (t) => {
  const { at, file, folder, run } = fsPlace(t);
  folder("d");
  file("d/inside", "");
  file("f", "");
  symlinkSync("loop", at("loop"));
  const told = async (cases: [string, JsonObject][], message: string) => {
    for (const [name, params] of cases) {
      await assert.rejects(run(name, params), { code: "EXECUTION_ERROR", message }, name);
    }
  };
  await told([
    ["fs.read", { path: "d" }],
    ["fs.write", { path: "d", content: "" }],
    ["fs.append", { path: "d", content: "" }],
    ["fs.copy", { src: "f", dst: "d" }],
    ["fs.move", { src: "f", dst: "d" }],
  ], `${at("d")}: is a directory (EISDIR)`);
  await told([
    ["fs.read", { path: "loop" }],
    ["fs.stat", { path: "loop" }],
    ["fs.list", { path: "loop" }],
    ["fs.write", { path: "loop", content: "" }],
    ["fs.append", { path: "loop", content: "" }],
  ], `${at("loop")}: too many symbolic links (ELOOP)`);
  await told([
    ["fs.list", { path: "f" }],
    ["shell.exec", { command: "true", workdir: "f" }],
  ], `${at("f")}: not a directory (ENOTDIR)`);
  await told([
    ["fs.write", { path: "a/b", content: "" }],
    ["fs.copy", { src: "f", dst: "a/b" }],
    ["fs.move", { src: "f", dst: "a/b" }],
  ], `${at("a/b")}: no such file or directory (ENOENT); create_dirs: true makes its parents`);
});
