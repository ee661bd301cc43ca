// What a file holds that has one secret in it: a key or a token.

import { isUtf8 } from "node:buffer";
import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { systemReason } from "../../core/system-reason.ts";

export interface SecretFile {
  /** Without its last line end. */
  text: string;
  /** Absolute; undefined for a pipe or terminal, which is gone once it was read. */
  file: string | undefined;
  /** Whether others than its owner may read it. */
  open: boolean;
}

/** Its message completes a sentence that begins with the file: "cannot be read: …", "is empty". */
export class SecretFileError extends Error {}

/** Reads the file; throws SecretFileError when it cannot be read, is empty or no text. */
export function readSecretFile(path: string): SecretFile {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new SecretFileError(`cannot be read: ${systemReason(error)}`);
  }
  const given = textOf(bytes);
  if (given === undefined) throw new SecretFileError("must be text");
  const text = withoutLineEnd(given);
  if (text === "") throw new SecretFileError("is empty");
  const stat = statSync(path);
  if (!stat.isFile()) return { text, file: undefined, open: false };
  return { text, file: resolve(path), open: (stat.mode & 0o077) !== 0 };
}

/** What such a file gives a setting. */
export interface FiledSecret {
  text: string;
  /** Absolute; not of a pipe. */
  file?: string;
  warnings: string[];
}

/**
 * The same for a setting. `source`: where the file was named; an Error begins with it. `what`: the secret,
 * which others should not be able to read.
 */
export function filedSecret(path: string, source: string, what: string): FiledSecret {
  let found: SecretFile;
  try {
    found = readSecretFile(path);
  } catch (error) {
    throw new Error(`${source}: ${(error as Error).message}`);
  }
  return {
    text: found.text,
    ...(found.file !== undefined && { file: found.file }),
    warnings: found.open ? [`${source}: others may read ${what}: chmod 600 ${path}`] : [],
  };
}

/** The text that bytes are; undefined when they are no UTF-8, which decoding would change. */
export function textOf(bytes: Uint8Array): string | undefined {
  return isUtf8(bytes) ? Buffer.from(bytes).toString() : undefined;
}

/** What an editor or `echo` adds at the end is no part of a key or token. */
export function withoutLineEnd(text: string): string {
  return text.replace(/\r?\n$/, "");
}
