// How many values of one column travel as one parameter: an array in the binary form of PostgreSQL.
//
// Its layout is that of `array_send` and `array_recv`: dimensions, whether there are nulls, the type of
// the elements, and of each its length and bytes. It is written without a text in between, of which the
// server would have to find the ends.

import type { Value } from "../sql/lists.ts";
import type { Kind } from "../columns.ts";

/** The type of a column's elements: its name for a cast, and its number in `pg_type`. */
interface ElementType {
  name: "int8" | "int2" | "text" | "bytea";
  oid: number;
}

const INT8: ElementType = { name: "int8", oid: 20 };
const INT2: ElementType = { name: "int2", oid: 21 };
const TEXT: ElementType = { name: "text", oid: 25 };
const BYTEA: ElementType = { name: "bytea", oid: 17 };

const TYPES: Readonly<Record<Kind, ElementType>> = {
  whole: INT8,
  name: INT2,
  text: TEXT,
  json: TEXT,
  content: TEXT,
  bytes: BYTEA,
};

/** What a column's values are in a table. */
export function elementType(kind: Kind): ElementType["name"] {
  return TYPES[kind].name;
}

const HEADER_BYTES = 20;
const TWO_TO_32 = 2 ** 32;

/** The values at `from`, `from + step` …, as an array parameter. */
export function encodeArray(
  kind: Kind,
  flat: readonly Value[],
  { from, step }: { from: number; step: number },
): Buffer {
  const type = TYPES[kind];
  const values: Value[] = [];
  for (let at = from; at < flat.length; at += step) values.push(flat[at]!);
  let size = HEADER_BYTES;
  let nulls = 0;
  const lengths = values.map((value) => {
    if (value === null) nulls = 1;
    const length = value === null ? 0 : lengthOf(type, value);
    size += 4 + length;
    return length;
  });
  const buffer = Buffer.allocUnsafe(size);
  buffer.writeInt32BE(1, 0);
  buffer.writeInt32BE(nulls, 4);
  buffer.writeInt32BE(type.oid, 8);
  buffer.writeInt32BE(values.length, 12);
  buffer.writeInt32BE(1, 16);
  let at = HEADER_BYTES;
  for (const [i, value] of values.entries()) {
    const length = lengths[i]!;
    buffer.writeInt32BE(value === null ? -1 : length, at);
    at += 4;
    if (value === null) continue;
    write(buffer, at, value, type);
    at += length;
  }
  return buffer;
}

/** Whole numbers as an array parameter. */
export function encodeNumbers(numbers: readonly Value[]): Buffer {
  return encodeArray("whole", numbers, { from: 0, step: 1 });
}

function lengthOf(type: ElementType, value: NonNullable<Value>): number {
  if (type === INT8) return 8;
  if (type === INT2) return 2;
  return typeof value === "string" ? Buffer.byteLength(value) : (value as Uint8Array).length;
}

function write(buffer: Buffer, at: number, value: NonNullable<Value>, type: ElementType): void {
  if (type === INT2) buffer.writeInt16BE(value as number, at);
  else if (type === INT8) {
    const high = Math.floor(value as number / TWO_TO_32);
    buffer.writeInt32BE(high, at);
    buffer.writeUInt32BE(value as number - high * TWO_TO_32, at + 4);
  } else if (typeof value === "string") buffer.write(value, at);
  else buffer.set(value as Uint8Array, at);
}
