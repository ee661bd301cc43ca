// How a new file is made ready beside the old one: whole, ours, and able to run the data that are there.

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { parseJson } from "../../core/exact-json.ts";
import { isObject } from "../../core/json.ts";
import { writeSynced } from "../../core/sync.ts";
import { binaryIn } from "../release/archive.ts";
import { releaseFile } from "../release/location.ts";
import type { ReleaseManifest } from "../release/manifest.ts";
import { archiveName, OWN_PLATFORM } from "../release/platform.ts";
import type { SelfCheck } from "../self-check.ts";
import { download } from "./download.ts";

/** Of a database of gigabytes. */
const CHECK_MS = 10 * 60 * 1_000;

/** The name of this platform's archive in the release; an Error when it has none. */
export function archiveFor({ version, files }: ReleaseManifest): string {
  const name = archiveName(OWN_PLATFORM);
  if (name === undefined || !Object.hasOwn(files, name)) {
    throw new Error(`${version} has no binary for this machine (${OWN_PLATFORM})`);
  }
  return name;
}

/** Fetches the release's binary for this platform, and writes it to `file` once its hash is the manifest's. */
export async function fetchBinary(
  env: NodeJS.ProcessEnv,
  manifest: ReleaseManifest,
  file: string,
): Promise<void> {
  const name = archiveFor(manifest);
  const { bytes, sha256 } = manifest.files[name]!;
  // Of the very version: the latest may be another one by now.
  const url = releaseFile(env, { version: manifest.version, file: name });
  const archive = await download(url, bytes);
  const found = createHash("sha256").update(archive).digest("hex");
  if (archive.length !== bytes || found !== sha256) {
    throw new Error(
      `${url} is not the file of the release: ` +
        (archive.length === bytes
          ? `its SHA-256 is ${found}, not ${sha256}`
          : `it has ${archive.length} bytes of ${bytes}`),
    );
  }
  writeSynced(file, binaryIn(archive), 0o755);
}

/** What the program says that it is; undefined when it does not start. */
export function versionIn(file: string): string | undefined {
  const { status, stdout } = spawnSync(file, ["version"], { encoding: "utf8", timeout: 30_000 });
  return status === 0 ? stdout.trim() : undefined;
}

/**
 * Lets the staged program try itself, and the backup if there is one. An Error says what it says
 * against it, or that it is another version than it should be.
 */
export function tryProgram(
  file: string,
  version: string,
  backup: string | null,
): SelfCheck["layouts"] {
  const words = ["self-check", "--json", ...(backup === null ? [] : ["--backup", backup])];
  const { status, stdout, stderr, error } = spawnSync(file, words, {
    encoding: "utf8",
    timeout: CHECK_MS,
  });
  const report = readReport(stdout ?? "");
  if (report === undefined) {
    const said = stderr?.trim() || error?.message || `status ${status}`;
    throw new Error(`${version} does not start here: ${said}`);
  }
  if (report.version !== version) {
    throw new Error(`the file says that it is ${report.version}, not ${version}`);
  }
  if (status !== 0 || !report.ok) {
    const faults = report.checks.filter(({ ok }) => !ok)
      .map(({ name, detail }) => `${name}: ${detail}`);
    throw new Error(`${version} could not run what is here: ${faults.join("; ")}`);
  }
  return report.layouts;
}

function readReport(text: string): SelfCheck | undefined {
  try {
    const value = parseJson(text);
    return isObject(value) && typeof value.version === "string" && Array.isArray(value.checks)
      ? value as unknown as SelfCheck
      : undefined;
  } catch {
    return undefined;
  }
}
