// What a release is made of: an archive for each platform, and what proves that they are ours and whole.

import { createHash, type KeyObject } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { keyText } from "../../cli/release/keys.ts";
import { MANIFEST, newManifest, type ReleaseFile } from "../../cli/release/manifest.ts";
import { installerFor } from "./installer.ts";
import { SBOM, sbomOf } from "./sbom.ts";
import { signed, sshSigned } from "./sign.ts";
import { tarGz } from "./tar-gz.ts";

export interface ReleaseOptions {
  /** Where to; files of these names are replaced. */
  directory: string;
  version: string;
  /** RFC 3339. */
  released_at: string;
  /** The binaries, by the names of their archives. */
  binaries: Record<string, Uint8Array>;
  /** Ed25519, private. Without one nothing is signed, and nobody can update to it. */
  key: KeyObject | undefined;
  /** Public: what later releases will be signed with. */
  nextKey: KeyObject | undefined;
  /** 1 (fast) to 12 (small). */
  level: number;
}

/** Writes all of them; returns their sizes. */
export function writeRelease(root: string, options: ReleaseOptions): Record<string, number> {
  const { directory, version, released_at, binaries, key, nextKey, level } = options;
  mkdirSync(directory, { recursive: true });
  const written: Record<string, ReleaseFile> = {};
  const write = (name: string, bytes: Uint8Array) => {
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    written[name] = { bytes: bytes.length, sha256 };
    writeFileSync(join(directory, name), bytes);
  };
  for (const [name, bytes] of Object.entries(binaries)) {
    write(name, tarGz({ name: "opcode", bytes, mode: 0o755 }, level));
  }
  write(SBOM, Buffer.from(JSON.stringify(sbomOf(root, options), null, 2) + "\n"));
  // As sha256sum --check reads it.
  const sums = Object.entries(written).map(([name, { sha256 }]) => `${sha256}  ${name}\n`);
  write("checksums.txt", Buffer.from(sums.join("")));
  const installer = installerFor(readFileSync(join(root, "install.sh"), "utf8"), key);
  write("install.sh", Buffer.from(installer));
  if (key !== undefined) {
    const manifest = newManifest({
      version,
      released_at,
      key: keyText(key),
      next_key: nextKey ? keyText(nextKey) : null,
      files: { ...written },
    });
    const bytes = Buffer.from(JSON.stringify(manifest, null, 2) + "\n");
    write(MANIFEST, bytes);
    write(`${MANIFEST}.sig`, signed(bytes, key));
    write(`${MANIFEST}.sshsig`, Buffer.from(sshSigned(bytes, key)));
  }
  return Object.fromEntries(Object.entries(written).map(([name, { bytes }]) => [name, bytes]));
}
