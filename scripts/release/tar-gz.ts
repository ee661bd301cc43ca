// How the archive of a release is written: the same bytes for the same content, on every machine.
//
// POSIX ustar in gzip (RFC 1952), by libdeflate: a twentieth smaller than what zlib makes.

import { gzip } from "libdeflate";

const BLOCK = 512;

export interface ArchiveFile {
  name: string;
  bytes: Uint8Array;
  mode: number;
}

/** A `.tar.gz` of one regular file, whose date and owner are nobody's. `level`: 1 (fast) to 12 (small). */
export function tarGz({ name, bytes, mode }: ArchiveFile, level: number): Uint8Array {
  const padding = Buffer.alloc((BLOCK - bytes.length % BLOCK) % BLOCK);
  const blocks = [header(name, bytes.length, mode), bytes, padding, Buffer.alloc(2 * BLOCK)];
  return gzip(Buffer.concat(blocks), level);
}

function header(name: string, size: number, mode: number): Buffer {
  if (Buffer.byteLength(name) > 99) throw new Error(`too long for the header: ${name}`);
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, at: number, length: number) =>
    block.write(value.toString(8).padStart(length - 1, "0"), at, "latin1");
  block.write(name, 0);
  octal(mode, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(size, 124, 12);
  octal(0, 136, 12);
  // The checksum is made with blanks in its own place.
  block.write("        ", 148);
  block.write("0", 156);
  block.write("ustar\x0000", 257, "latin1");
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return block;
}
