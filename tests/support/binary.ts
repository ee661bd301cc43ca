// How tests get the single binary: built once for the sources as they are, and kept beside the dependencies.

import { createHash } from "node:crypto";
import { existsSync, globSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildBinary } from "../../scripts/build/binary.ts";
import { withLock } from "../../scripts/setup/lock.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** What a binary is made of. */
const SOURCES = "{core,embed,actions,engine,server,cli,panel,scripts}/**/*";

/** What it says that it is. */
export const BINARY_VERSION = "v0.0.0-test";

/** Its path. The first test that asks builds it, others wait for that. */
export async function theBinary(): Promise<string> {
  const builds = join(ROOT, "node_modules/.cache/opcode-binary");
  const made = hashOfSources();
  const file = join(builds, made, "opcode");
  if (existsSync(file)) return file;
  mkdirSync(builds, { recursive: true });
  return await withLock(join(builds, "lock"), async () => {
    if (existsSync(file)) return file;
    for (const old of readdirSync(builds)) {
      if (old !== "lock") rmSync(join(builds, old), { recursive: true, force: true });
    }
    await buildBinary(ROOT, { file, version: BINARY_VERSION, codeCache: true });
    return file;
  });
}

function hashOfSources(): string {
  const hash = createHash("sha256");
  const files = globSync([SOURCES, "package-lock.json"], { cwd: ROOT, withFileTypes: true })
    .filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name)).sort();
  for (const file of files) hash.update(`${file}\0`).update(readFileSync(file));
  return hash.digest("hex").slice(0, 16);
}
