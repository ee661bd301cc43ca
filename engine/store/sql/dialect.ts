// What databases say in different words: the parts of a read's SQL that each gives in its own.
//
// All other SQL of the reads is such that every one of them understands it, and alike: what stands for a
// table has a name, an order that counts is said outermost, with the place of nulls, sums are cast to
// `bigint`, conditions are no numbers, names have no capital letters and no quotes. A parameter whose
// type does not follow from where it stands is cast.

import type { Query } from "./reading.ts";

export interface Dialect {
  /** After a table's name: its rows are found by their number, not by an index. */
  readonly unindexed: string;

  /** After a table's name: its rows are found by this index; `TABLE_by_id` is that of unique ids. */
  indexedBy(index: string): string;

  /** The column's value, by which no index is to be looked up. */
  unsearched(column: string): string;

  /**
   * A query for the id up to which the log of all runs may be shown, as `id`: no event appears before it
   * any more. Null: any that is seen, as where one at a time writes.
   */
  readonly shownUpTo: string | null;

  /** Whether the run may be gone on with here: no other process has it. `run`: what a row of runs is called. */
  isFree(run: string): string;

  /** Whether a timer without a run is to be acted on here: nobody who is alive has set it but this process. */
  isFreeTimer(timer: string): string;

  /** The lesser of two numbers. */
  lesser(a: string, b: string): string;

  /** Whether the JSON text of a column, which is not null, has this member, be it null. */
  hasMember(column: string, member: string): string;

  /** A table of the texts in a JSON array; its column is `value`. */
  textsOf(array: string): string;

  /** A table of the numbers in a JSON array: `value`, and from 0 on their places, `key`. */
  numbersOf(array: string): string;

  /** Bytes of the text of a content column, about, wherever it is kept; 0 when there is none. */
  contentSize(column: string): string;

  /** The text of a content column if it is small (`SMALL_TEXT`) and kept there as it is, else null. */
  smallContent(column: string): string;

  /** How the text of a content column is come by from its value; null: the value is the text, or null. */
  apart(value: unknown): Apart | null;
}

/** A text that is not where it belongs: what it is composed of, or the query whose `content` it is. */
export type Apart =
  /** As `encodeComposed` made it. */
  | { composed: string }
  | { content: Query; name: string };
