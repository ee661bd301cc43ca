// How tests get the single binary: built once for the sources as they are, and kept beside the dependencies.

import { createHash, createPrivateKey, type KeyObject } from "node:crypto";
import { existsSync, globSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildBinary } from "../../scripts/build/binary.ts";
import { keyText } from "../../cli/release/keys.ts";
import { withLock } from "../../scripts/setup/lock.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** What a binary is made of. */
const SOURCES = "{core,embed,actions,engine,server,cli,panel,scripts}/**/*";

/** What it says that it is. */
export const BINARY_VERSION = "v0.0.0-test";

/** By which its releases are signed, and by which later ones would be: of tests only. */
export const [RELEASE_KEY, NEXT_KEY] = ["release", "next"].map((of) =>
  createPrivateKey({
    // As RFC 8410 writes a key of 32 bytes.
    key: Buffer.concat([
      Buffer.from("302e020100300506032b657004220420", "hex"),
      createHash("sha256").update(`a key of tests: ${of}`).digest(),
    ]),
    format: "der",
    type: "pkcs8",
  })
) as [KeyObject, KeyObject];

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
    const releaseKeys = [RELEASE_KEY, NEXT_KEY].map(keyText);
    await buildBinary(ROOT, { file, version: BINARY_VERSION, codeCache: true, releaseKeys });
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
