// What a list's cursor looks like from outside: opaque text, checked when it comes back.

import type { OpcodeError } from "../../core/errors.ts";
import { faultAt } from "../../core/fault-at.ts";

/** The keys of the last row of a page, in the order of the list. */
export type Key = (number | string)[];

/** What each element of a list's key must be. */
export type KeyShape = readonly ("integer" | "text")[];

/** Opaque text for the end of a page of the named list. */
export function encodeCursor(list: string, key: Key): string {
  return Buffer.from(JSON.stringify([list, ...key])).toString("base64url");
}

/** The key in a cursor of the named list; VALIDATION_ERROR when the text is none. */
export function decodeCursor(
  list: string,
  shape: KeyShape,
  cursor: string | undefined,
): Key | null {
  if (cursor === undefined) return null;
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(cursor, "base64url").toString());
  } catch {
    throw invalid(list);
  }
  if (!Array.isArray(parts) || parts.length !== shape.length + 1 || parts[0] !== list) {
    throw invalid(list);
  }
  const key = parts.slice(1);
  const fits = shape.every((kind, i) =>
    kind === "integer" ? Number.isSafeInteger(key[i]) : typeof key[i] === "string"
  );
  if (!fits) throw invalid(list);
  return key as Key;
}

function invalid(list: string): OpcodeError {
  return faultAt("cursor", `must be one that a list of ${list} returned`);
}
