// Whether what is told to type starts the same program again.

import assert from "node:assert/strict";
import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { calledAs } from "../../cli/called.ts";
import { suiteCleanup, tempHome } from "../support/daemon.ts";

describe("how the program was called", () => {
  const cleanup = suiteCleanup();
  let place: string;
  let node: string;

  before(() => {
    place = realpathSync(tempHome(cleanup));
    for (const dir of ["tools", "old", "app/bin", "app/cli", "my app"]) {
      mkdirSync(join(place, dir), { recursive: true });
    }
    node = join(place, "tools/node");
    for (const file of [node, join(place, "old/node")]) writeFileSync(file, "");
  });

  const called = (program: string, { cwd = "app", path = "tools", runtime = node } = {}) =>
    calledAs({
      argv: [runtime, join(place, program), "status"],
      cwd: join(place, cwd),
      path: path === "" ? "" : join(place, path),
    });

  test("in a checkout: node and the file, as seen from here", () => {
    assert.equal(called("app/bin/opcode.mjs"), "node bin/opcode.mjs");
    assert.equal(called("app/bin/opcode.mjs", { cwd: "app/bin" }), "node opcode.mjs");
    assert.equal(called("app/bin/opcode.mjs", { cwd: "my app" }), "node ../app/bin/opcode.mjs");
    assert.equal(called("my app/opcode.mjs"), "node '../my app/opcode.mjs'");
    assert.equal(called("app/cli/main.ts"), "node cli/main.ts");
  });

  test("the sources need the very runtime that they run on, the launcher any", () => {
    assert.equal(called("app/bin/opcode.mjs", { path: "old" }), "node bin/opcode.mjs");
    assert.equal(called("app/cli/main.ts", { path: "old" }), "../tools/node cli/main.ts");
    assert.equal(called("app/cli/main.ts", { path: "" }), "../tools/node cli/main.ts");
    symlinkSync(node, join(place, "app/node"));
    assert.equal(called("app/cli/main.ts", { path: "app" }), "node cli/main.ts");
    const local = { runtime: join(place, "app/node"), path: "old" };
    assert.equal(called("app/cli/main.ts", local), "./node cli/main.ts");
  });

  test("where it is installed: by its name, or where it lies when no shell finds it", () => {
    assert.equal(called("tools/opcode"), "opcode");
    assert.equal(called("app/opcode"), "./opcode");
    const path = join(place, "tools/opcode");
    const one = { argv: [path, path], cwd: "/", path: join(place, "tools") };
    assert.equal(calledAs(one), "opcode", "a binary that is its own runtime");
  });
});
