// What is in the archive of a release: one regular file, `opcode`, and nothing that could go elsewhere.
//
// POSIX ustar in gzip: blocks of 512 bytes, a header before each file, empty ones at the end.

import { gunzipSync } from "node:zlib";

const BLOCK = 512;
const TYPE_AT = 156;
/** Bytes of a binary: of more than that none was ever made. */
const MOST = 512 * 1024 * 1024;

export interface TarEntry {
  name: string;
  isRegular: boolean;
  /** Octal, as chmod takes it. */
  mode: number;
  bytes: Buffer;
}

/** The binary in the archive. Throws when that holds anything else, or is cut short. */
export function binaryIn(archive: Uint8Array): Buffer {
  const found = [...entriesOf(unzipped(archive))];
  const [only] = found;
  if (found.length !== 1 || only!.name !== "opcode" || !only!.isRegular) {
    throw new Error("the archive holds something else than the one file opcode");
  }
  return only!.bytes;
}

/** The entries of an archive, of `.tar` already. Throws when it is cut short or is none. */
export function* entriesOf(tar: Buffer): Generator<TarEntry> {
  for (let at = 0; at + BLOCK <= tar.length && tar[at] !== 0;) {
    const header = tar.subarray(at, at + BLOCK);
    if (sumIn(header) !== sumOf(header)) {
      throw new Error("the archive is no archive, or is damaged");
    }
    const size = octal(header, 124, 12);
    const begin = at + BLOCK;
    if (begin + size > tar.length) throw new Error("the archive is cut short");
    const prefix = text(header, 345, 155);
    yield {
      name: (prefix === "" ? "" : `${prefix}/`) + text(header, 0, 100),
      isRegular: ["0", "\0"].includes(String.fromCharCode(header[TYPE_AT]!)),
      mode: octal(header, 100, 8),
      bytes: tar.subarray(begin, begin + size),
    };
    at = begin + Math.ceil(size / BLOCK) * BLOCK;
  }
}

/** Throws when it is damaged, or would become more than any binary is. */
export function unzipped(archive: Uint8Array): Buffer {
  try {
    return gunzipSync(archive, { maxOutputLength: MOST });
  } catch (error) {
    throw new Error(`the archive cannot be unpacked: ${(error as Error).message}`);
  }
}

function text(header: Buffer, at: number, length: number): string {
  return header.toString("utf8", at, at + length).split("\0")[0]!;
}

function octal(header: Buffer, at: number, length: number): number {
  const digits = header.toString("latin1", at, at + length).replaceAll(/[\0 ]/g, "");
  if (!/^[0-7]+$/.test(digits)) throw new Error("the archive is no archive, or is damaged");
  return parseInt(digits, 8);
}

function sumIn(header: Buffer): number {
  return octal(header, 148, 8);
}

/** Its own place counts as blanks. */
function sumOf(header: Buffer): number {
  return header.reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 32 : byte), 0);
}
