// How names that are no UTF-8 are written as text, and reached by it.
//
// Inside, each byte that is no part of a character is the lone surrogate U+DC80 to U+DCFF, so that
// paths can be joined and compared as text and no two names become one. Outside such a path is a file
// URL with its bytes escaped: what JSON carries must be characters.

import { isUtf8 } from "node:buffer";
import { invalid } from "../params.ts";

/** The bytes of a file's name, one a character: a name need not be UTF-8. */
export type ByteName = string;

const LONE = 0xdc00;

export function toByteName(text: string): ByteName {
  if (isAscii(text)) return text;
  return bytesOf(text).toString("latin1");
}

export function nameText(name: ByteName): string {
  if (isAscii(name)) return name;
  const bytes = Buffer.from(name, "latin1");
  if (isUtf8(bytes)) return bytes.toString("utf8");
  let text = "";
  for (let at = 0; at < bytes.length;) {
    const length = lengthOf(bytes[at]!);
    const character = bytes.subarray(at, at + length);
    const isCharacter = character.length === length && isUtf8(character);
    text += isCharacter ? character.toString("utf8") : String.fromCharCode(LONE + bytes[at]!);
    at += isCharacter ? length : 1;
  }
  return text;
}

/** Bytes of the character that begins so. */
function lengthOf(first: number): number {
  return first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
}

/** What system calls take for a path. */
export function systemPath(path: string): string | Buffer {
  return path.isWellFormed() ? path : bytesOf(path);
}

function bytesOf(text: string): Buffer {
  if (text.isWellFormed()) return Buffer.from(text, "utf8");
  return Buffer.concat(
    [...text].map((character) =>
      character.isWellFormed()
        ? Buffer.from(character, "utf8")
        : Buffer.of(character.charCodeAt(0) - LONE)
    ),
  );
}

/** A path as outputs and errors write it: itself, or a file URL when it is no UTF-8. */
export function shownPath(path: string): string {
  if (path.isWellFormed()) return path;
  const escaped = bytesOf(path).toString("latin1").replace(
    /[^\w\-./~!$&'()*+,;=:@]/g,
    (byte) => "%" + byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0"),
  );
  return `file://${escaped}`;
}

/** A name as people read it, with U+FFFD for each byte that is no part of a character. */
export function shownName(name: string): string {
  return name.toWellFormed();
}

/**
 * The path that a param means: itself, or what a file URL names. VALIDATION_ERROR for a URL that
 * names no file here, and for half a character, which no file can be called.
 */
export function meantPath(text: string, param: string): string {
  if (!text.isWellFormed()) {
    throw invalid(param, "holds half a character (a lone surrogate); bytes are %XX in a file URL");
  }
  const named = /^file:\/\/(?:localhost)?(\/.*)$/s.exec(text)?.[1];
  if (named === undefined) return text;
  const bytes = Buffer.from(named, "utf8").toString("latin1")
    .replace(/%([\da-f]{2})?/gi, (escape, hex) => {
      if (hex === undefined) throw invalid(param, `holds "${escape}", which escapes no byte`);
      if (hex.toLowerCase() === "2f") throw invalid(param, "a name holds no /");
      return String.fromCharCode(parseInt(hex, 16));
    });
  return nameText(bytes);
}

export function isAscii(text: string): boolean {
  // deno-lint-ignore no-control-regex
  return /^[\x00-\x7f]*$/.test(text);
}
