// How rows become values to bind and back: functions made once a table, without a loop over columns.
//
// Thousands of rows a second go through them. Their text is put together from the descriptions of
// tables alone, nothing that anybody sends is in it.

import { isStorable } from "../../../core/text.ts";
import { LARGEST_COPY } from "../composed.ts";
import type { Column, Named } from "../tables.ts";
import type { Value } from "./lists.ts";

/**
 * Texts longer than this (in UTF-16 units) are stored in `blobs`, once a content; what is composed is
 * always longer.
 */
export const BLOB_LENGTH = LARGEST_COPY;

/**
 * Writes a row's values into a flat array from `at` on, which may be its end; notes in `long` where
 * those for `blobs` are.
 */
export type Place<Row> = (values: Value[], at: number, row: Row, long: number[]) => void;

/** Writes the fields of `columns` where `layout`, the columns of the whole row, has them. */
export function placing<Row>(columns: readonly Named[], layout = columns): Place<Row> {
  const codes = columns.map(({ column }) => column.names && codesOf(column.names));
  const lines = columns.map(({ field, column }, i) => {
    const at = layout.findIndex((other) => other.field === field);
    const place = `at + ${at}`;
    if (column.kind === "name") return `values[${place}] = codes[${i}][row.${field}];`;
    if (column.kind !== "content") return `values[${place}] = row.${field};`;
    return `const ${field} = row.${field};
      if (${field} !== null && ${field}.length > ${BLOB_LENGTH}) long.push(${place});
      values[${place}] = ${field};`;
  });
  const made = new Function(
    "codes",
    `return (values, at, row, long) => {\n${lines.join("\n")}\n};`,
  );
  return made(codes);
}

/** Tells whether a row's texts come back unchanged: the binding cuts at NUL and mends surrogates. */
export function checking<Row>(columns: readonly Named[]): (row: Row) => boolean {
  const checks = columns.filter(({ column }) => column.kind === "text").map(({ field, column }) =>
    column.nullable
      ? `(row.${field} === null || isStorable(row.${field}))`
      : `isStorable(row.${field})`
  );
  return new Function("isStorable", `return (row) => ${checks.join(" && ") || "true"};`)(
    isStorable,
  );
}

/** Makes a row of what the binding gives; `text` finds a content that is stored in `blobs`. */
export type Decode<Row> = (
  raw: Record<string, any>,
  text: (value: string | ArrayBuffer | null) => string | null,
) => Row;

export function decoding<Row>(columns: readonly Named[]): Decode<Row> {
  const names = columns.map(({ column }) => column.names);
  const members = columns.map(({ field, name, column }, i) =>
    `${field}: ${decoded(`raw.${name}`, column, `names[${i}]`)}`
  );
  return new Function("names", `return (raw, text) => ({ ${members.join(", ")} });`)(names);
}

function decoded(value: string, { kind }: Column, names: string): string {
  if (kind === "name") return `${names}[${value}]`;
  if (kind === "content") return `text(${value})`;
  // The binding gives the bytes as they are, not as an array of them.
  if (kind === "bytes") return `new Uint8Array(${value})`;
  return value;
}

function codesOf(names: readonly string[]): Record<string, number> {
  return Object.fromEntries(names.map((name, code) => [name, code]));
}
