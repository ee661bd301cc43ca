// Which path stands for this program where it is started from later.

import assert from "node:assert/strict";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { stablePath } from "../../../cli/service/program.ts";
import { scratch } from "../../support/scratch.ts";

test("the name it was called by, or is installed under, stays where it leads to the executable", (t) => {
  const home = scratch(t);
  const at = (...names: string[]) => join(home, ...names);
  mkdirSync(at(".local/bin"), { recursive: true });
  mkdirSync(at("bin"));
  for (const version of ["v1", "v2"]) writeFileSync(at(version), "");
  symlinkSync(at("v1"), at("bin/opcode"));
  const path = `relative:${at("bin")}`;
  assert.equal(stablePath(at("v1"), { typed: "opcode", path, home }), at("bin/opcode"));
  assert.equal(stablePath(at("v1"), { typed: at("bin/opcode"), path: "", home }), at("bin/opcode"));
  assert.equal(stablePath(at("v2"), { typed: "opcode", path, home }), at("v2"));
  symlinkSync(at("v2"), at(".local/bin/opcode"));
  assert.equal(stablePath(at("v2"), { typed: at("v2"), path, home }), at("v2"));
  assert.equal(stablePath(at("v2"), { typed: "", path, home }), at(".local/bin/opcode"));
});
