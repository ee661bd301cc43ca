// How a program for macOS gets a signature of nobody's ("ad hoc"), without which Apple's processors refuse it.
//
// What `codesign --sign -` writes at the least: one CodeDirectory with the SHA-256 of each page, as
// Go's linker does (cmd/internal/codesign). Layouts: xnu, osfmk/kern/cs_blobs.h and EXTERNAL_HEADERS/mach-o/loader.h.

import { createHash } from "node:crypto";

const MH_MAGIC_64 = 0xfeedfacf;
const HEADER = 32;
const LC_SEGMENT_64 = 0x19;
const LC_CODE_SIGNATURE = 0x1d;
const PAGE = 4096;
/** Of the segments, on Apple's own processors. */
const LARGE_PAGE = 16_384;
const DIRECTORY_HEADER = 88;
const SUPER_BLOB_HEADER = 20;
const IDENTIFIER = "opcode\0";

interface Command {
  at: number;
  kind: number;
  size: number;
}

/** The program with such a signature in place of its own; throws when it is no program for macOS. */
export function signMachO(program: Uint8Array): Uint8Array {
  const view = viewOf(program);
  if (view.getUint32(0, true) !== MH_MAGIC_64) throw new Error("no 64-bit Mach-O");
  const commands = commandsOf(view);
  const segment = (name: string) => {
    const found = commands.find(({ at, kind }) =>
      kind === LC_SEGMENT_64 && textAt(program, at + 8, 16) === name
    );
    if (!found) throw new Error(`it has no segment ${name}`);
    return found.at;
  };
  const text = segment("__TEXT");
  const linkEdit = segment("__LINKEDIT");
  const old = commands.find(({ kind }) => kind === LC_CODE_SIGNATURE);
  const end = old ? view.getUint32(old.at + 8, true) : program.length;
  const limit = Math.ceil(end / 16) * 16;
  const pages = Math.ceil(limit / PAGE);
  const directorySize = DIRECTORY_HEADER + IDENTIFIER.length + pages * 32;
  const size = Math.ceil((SUPER_BLOB_HEADER + directorySize) / 16) * 16;

  const signed = new Uint8Array(limit + size);
  signed.set(program.subarray(0, end));
  const out = viewOf(signed);
  const command = old?.at ?? addCommand(out, commands, firstContent(view, commands));
  out.setUint32(command, LC_CODE_SIGNATURE, true);
  out.setUint32(command + 4, 16, true);
  out.setUint32(command + 8, limit, true);
  out.setUint32(command + 12, size, true);
  const length = limit + size - Number(view.getBigUint64(linkEdit + 40, true));
  out.setBigUint64(linkEdit + 48, BigInt(length), true);
  const room = Math.ceil(length / LARGE_PAGE) * LARGE_PAGE;
  out.setBigUint64(linkEdit + 32, BigInt(room), true);
  writeSignature(signed, limit, {
    directorySize,
    pages,
    textAt: view.getBigUint64(text + 40, true),
    textSize: view.getBigUint64(text + 48, true),
  });
  return signed;
}

function writeSignature(
  signed: Uint8Array,
  at: number,
  { directorySize, pages, textAt, textSize }: {
    directorySize: number;
    pages: number;
    textAt: bigint;
    textSize: bigint;
  },
): void {
  const out = viewOf(signed.subarray(at));
  const words = (from: number, ...values: number[]) =>
    values.forEach((value, index) => out.setUint32(from + index * 4, value));
  // The blob of blobs: its size, one blob in it, which is the directory, and where that is.
  words(0, 0xfade0cc0, SUPER_BLOB_HEADER + directorySize, 1, 0, SUPER_BLOB_HEADER);
  const directory = SUPER_BLOB_HEADER;
  const hashes = DIRECTORY_HEADER + IDENTIFIER.length;
  // Version 2.4, ad hoc; the hashes, the identifier, no special slots, one hash a page, and of how much.
  words(directory, 0xfade0c02, directorySize, 0x20400, 0x2);
  words(directory + 16, hashes, DIRECTORY_HEADER, 0, pages, at);
  // 32 bytes of SHA-256 for pages of 2^12 bytes.
  signed.set([32, 2, 0, 12], at + directory + 36);
  out.setBigUint64(directory + 64, textAt);
  out.setBigUint64(directory + 72, textSize);
  // It is the main program.
  out.setBigUint64(directory + 80, 1n);
  signed.set(Buffer.from(IDENTIFIER), at + directory + DIRECTORY_HEADER);
  for (let page = 0; page < pages; page++) {
    const content = signed.subarray(page * PAGE, Math.min((page + 1) * PAGE, at));
    const hash = createHash("sha256").update(content).digest();
    signed.set(hash, at + directory + hashes + page * 32);
  }
}

function commandsOf(view: DataView): Command[] {
  const commands: Command[] = [];
  let at = HEADER;
  for (let left = view.getUint32(16, true); left > 0; left--) {
    const size = view.getUint32(at + 4, true);
    commands.push({ at, kind: view.getUint32(at, true), size });
    at += size;
  }
  return commands;
}

/** Where the first section begins: up to there the commands may grow. */
function firstContent(view: DataView, commands: Command[]): number {
  let first = Infinity;
  for (const { at, kind } of commands) {
    if (kind !== LC_SEGMENT_64) continue;
    for (let section = 0; section < view.getUint32(at + 64, true); section++) {
      const offset = view.getUint32(at + 72 + section * 80 + 48, true);
      if (offset > 0) first = Math.min(first, offset);
    }
  }
  return first;
}

/** A place for one command more. */
function addCommand(out: DataView, commands: Command[], limit: number): number {
  const last = commands.at(-1)!;
  const at = last.at + last.size;
  if (at + 16 > limit) throw new Error("its header has no room for a signature");
  out.setUint32(16, commands.length + 1, true);
  out.setUint32(20, at + 16 - HEADER, true);
  return at;
}

function textAt(bytes: Uint8Array, at: number, most: number): string {
  return Buffer.from(bytes.subarray(at, at + most)).toString("latin1").split("\0")[0]!;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
