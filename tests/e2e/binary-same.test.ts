// Whether two builds of the same sources are the same bytes, where nothing compiled is kept in them.

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { buildBinary } from "../../scripts/build/binary.ts";
import { tempHome } from "../support/daemon.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

test("without a code cache a binary is the same bytes as the one before", async (t) => {
  const place = tempHome(t);
  const hashes = [];
  for (const name of ["one", "two"]) {
    const file = join(place, name, "opcode");
    await buildBinary(ROOT, { file, version: "v1.2.3", releaseKeys: [], codeCache: false });
    hashes.push(createHash("sha256").update(readFileSync(file)).digest("hex"));
  }
  assert.equal(hashes[0], hashes[1]);
});
