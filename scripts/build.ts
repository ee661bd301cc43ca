// `npm run build`: makes dist/opcode, the single binary for this machine; with --all a release for all platforms.

import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { keyText } from "../cli/release/keys.ts";
import { buildFor, commonParts } from "./build/binary.ts";
import { ownTarget, TARGETS } from "./build/targets.ts";
import { dateOf, versionOf } from "./build/version.ts";
import { writeRelease } from "./release/release.ts";
import { root } from "./tools.ts";

const { values } = parseArgs({
  options: {
    all: { type: "boolean", default: false },
    "no-code-cache": { type: "boolean", default: false },
    "sign-key": { type: "string" },
    "next-key": { type: "string" },
    out: { type: "string", default: join(root, "dist") },
  },
});

const version = versionOf(root);
const key = keyIn(values["sign-key"], createPrivateKey);
const nextKey = keyIn(values["next-key"], createPublicKey);
const releaseKeys = [key, nextKey].filter((one) => one !== undefined).map(keyText);
const parts = await commonParts(root, { version, releaseKeys });
if (values.all) buildAll();
else {
  const file = join(values.out, "opcode");
  const codeCache = !values["no-code-cache"];
  const { bytes } = buildFor(root, parts, { file, codeCache, target: ownTarget() });
  tell(file, bytes);
}

function buildAll(): void {
  const place = mkdtempSync(join(tmpdir(), "opcode-release-"));
  const binaries: Record<string, Uint8Array> = {};
  try {
    for (const target of TARGETS) {
      const file = join(place, target.platform);
      // What V8 compiles is good for the machine that it compiled it on.
      const codeCache = target === ownTarget() && !values["no-code-cache"];
      tell(target.platform, buildFor(root, parts, { file, codeCache, target }).bytes);
      binaries[target.archive] = readFileSync(file);
      rmSync(file);
    }
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
  const released_at = dateOf(root);
  const files = { directory: values.out, version, released_at, binaries, key, nextKey, level: 12 };
  for (const [name, bytes] of Object.entries(writeRelease(root, files))) {
    tell(join(values.out, name), bytes);
  }
  if (key === undefined) {
    console.log("not signed (--sign-key FILE): nobody can install this release or update to it");
  }
}

/** The key in a PEM file. */
function keyIn(file: string | undefined, read: (pem: Buffer) => KeyObject): KeyObject | undefined {
  return file === undefined ? undefined : read(readFileSync(file));
}

function tell(what: string, bytes: number): void {
  console.log(`${what}: ${version}, ${(bytes / 1e6).toFixed(2)} MB`);
}
