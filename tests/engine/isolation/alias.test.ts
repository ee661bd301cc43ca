// What a name of ours for a program leaves behind, and that its clearing away spoils no end.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { test } from "node:test";

const ALIAS = new URL("../../../engine/isolation/alias.ts", import.meta.url).href;

/** A process that has an alias and ends, with something to do at its end behind it; `first`: what it runs before. */
function ending(first = "") {
  const { status, stdout, stderr } = spawnSync(process.execPath, [
    "--input-type=module",
    "--eval",
    `import fs from "node:fs";
    import { syncBuiltinESMExports } from "node:module";
    ${first}
    const { Alias } = await import(${JSON.stringify(ALIAS)});
    console.log(new Alias("/bin/true").path());
    process.once("exit", () => console.log("the last to be done"));
    process.exit(3);`,
  ], { encoding: "utf8" });
  const [path, ...more] = stdout.trim().split("\n");
  return { status, stderr, path: path!, more };
}

test("it is cleared away at the end", () => {
  const { status, path, more } = ending();
  assert.deepEqual([status, more], [3, ["the last to be done"]]);
  assert.equal(existsSync(dirname(path)), false);
});

test("where it cannot be, the exit code stays, and what else is to be done is done", () => {
  const { status, stderr, more } = ending(
    `const { rmSync } = fs;
    fs.rmSync = (path) => {
      rmSync(path, { recursive: true });
      throw new Error("EBUSY");
    };
    syncBuiltinESMExports();`,
  );
  assert.deepEqual([status, stderr, more], [3, "", ["the last to be done"]]);
});
