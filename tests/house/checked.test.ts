// Whether `npm run check` looks into every folder of what ships.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { allFiles, isCode, root, ships } from "./sources.ts";

const folders = new Set(
  allFiles().filter(isCode).filter(ships).map(({ file }) => file.split("/")[0]!),
);

function read(file: string): any {
  return JSON.parse(readFileSync(join(root, file), "utf8"));
}

test("every folder with code is formatted, linted and checked for its types", () => {
  assert.ok(folders.has("engine"));
  const { fmt, lint } = read("deno.json");
  const { include } = read("tsconfig.json");
  for (
    const [list, included] of Object.entries({ fmt: fmt.include, lint: lint.include, include })
  ) {
    assert.deepEqual([...folders].filter((folder) => !included.includes(folder)), [], list);
  }
});
