// What is said of a backup in the file beside it, by which a restore knows that it is whole.

import { createHash } from "node:crypto";
import { createReadStream, readFileSync } from "node:fs";
import { OpcodeError } from "../../core/errors.ts";
import { parseJson } from "../../core/exact-json.ts";
import { isObject } from "../../core/json.ts";
import { systemReason } from "../../core/system-reason.ts";

const KIND = "opcode backup";

export interface Manifest {
  kind: typeof KIND;
  format: 1;
  /** Of the program that made it. */
  opcode: string;
  /** Of the database's tables. */
  layout: number;
  /** RFC 3339: all that was acknowledged before is in it. */
  made_at: string;
  bytes: number;
  /** Hexadecimal, of the whole file. */
  sha256: string;
  runs: number;
  last_event_id: number;
}

export function manifestPath(file: string): string {
  return `${file}.manifest.json`;
}

export function newManifest(facts: Omit<Manifest, "kind" | "format">): Manifest {
  return { kind: KIND, format: 1, ...facts };
}

/** The manifest of a backup; NOT_FOUND or STORE_ERROR when there is none that can be read. */
export function readManifest(file: string): Manifest {
  const path = manifestPath(file);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === "ENOENT";
    throw new OpcodeError(
      isMissing ? "NOT_FOUND" : "STORE_ERROR",
      `${path} cannot be read (${systemReason(error)}): a backup is restored with the manifest ` +
        "that was written beside it, which says whether it is whole",
    );
  }
  const manifest = parsed(text);
  if (isManifest(manifest)) return manifest;
  throw new OpcodeError("STORE_ERROR", `${path} is not the manifest of an opcode backup`);
}

function parsed(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

function isManifest(value: unknown): value is Manifest {
  return isObject(value) && value.kind === KIND && value.format === 1 &&
    typeof value.sha256 === "string" && typeof value.bytes === "number";
}

/** Of a file: its bytes and the hexadecimal digits of their SHA-256. */
export async function sumOf(
  file: string,
  each: (chunk: Buffer) => void = () => {},
): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024 })) {
    hash.update(chunk);
    bytes += chunk.length;
    each(chunk);
  }
  return { bytes, sha256: hash.digest("hex") };
}
