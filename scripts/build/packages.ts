// Where the parts of a binary come from that npm installs for this machine only: fetched for others, by the lock file's hashes.

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { entriesOf, unzipped } from "../../cli/release/archive.ts";

/** One file of a package, at the version that the lock file pins. */
export interface PackageFile {
  name: string;
  /** In the package: `bin/node`. */
  path: string;
}

/**
 * Where the file is: in `node_modules` when npm installed the package for this platform, else in a
 * cache beside it, into which it is fetched once. Throws when what comes is not what the lock file
 * pins.
 */
export function packageFile(root: string, { name, path }: PackageFile): string {
  const installed = join(root, "node_modules", name, path);
  if (existsSync(installed)) return installed;
  const { version, integrity } = pinned(root, name);
  const cached = join(root, "node_modules/.cache/opcode-platforms", `${name}-${version}`, path);
  if (existsSync(cached)) return cached;
  const archive = fetched(`${name}@${version}`, integrity);
  const found = [...entriesOf(unzipped(archive))].find((entry) => entry.name === `package/${path}`);
  if (!found?.isRegular) throw new Error(`${name}@${version} has no file ${path}`);
  mkdirSync(dirname(cached), { recursive: true });
  writeFileSync(`${cached}.${process.pid}`, found.bytes, { mode: 0o755 });
  renameSync(`${cached}.${process.pid}`, cached);
  return cached;
}

function pinned(root: string, name: string): { version: string; integrity: string } {
  const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
  const found = packages[`node_modules/${name}`];
  if (!found?.integrity) throw new Error(`package-lock.json does not pin ${name}`);
  return found;
}

/** The package's archive. */
function fetched(spec: string, integrity: string): Buffer {
  const place = mkdtempSync(join(tmpdir(), "opcode-pack-"));
  try {
    const args = ["pack", spec, "--json", "--ignore-scripts", "--pack-destination", place];
    const { status, stdout, stderr } = spawnSync("npm", args, { cwd: place, encoding: "utf8" });
    if (status !== 0) throw new Error(`npm pack ${spec} failed: ${stderr.trim()}`);
    const listed = JSON.parse(stdout);
    const [{ filename }] = Array.isArray(listed) ? listed : Object.values(listed) as any[];
    return refuseOther(readFileSync(join(place, filename)), integrity, spec);
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

/** The archive, if it has the hash; `integrity` as npm writes it: `sha512-BASE64`. */
export function refuseOther(archive: Buffer, integrity: string, spec: string): Buffer {
  const [algorithm = "", wanted] = integrity.split("-", 2);
  const found = createHash(algorithm).update(archive).digest("base64");
  if (found !== wanted) throw new Error(`${spec} is not what package-lock.json pins`);
  return archive;
}
