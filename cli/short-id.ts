// How a run's id is written, whole and in short.

import { LEAST_ID } from "./table.ts";

/** Tables cut an id with an ellipsis, which is copied along. */
const BEGINNING = /^([0-9a-f][0-9a-f-]{0,34})…?$/i;
const WHOLE = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Whether the text can only be the id of a run. */
export function isRunId(text: string): boolean {
  return WHOLE.test(text);
}

/** The beginning of an id that the text is; undefined when it can be none. */
export function beginningOf(text: string): string | undefined {
  return BEGINNING.exec(text)?.[1];
}

/**
 * The beginning of a run's id that names it as well: its time and the number that the daemon counts
 * within a millisecond, which no other run of that daemon has. Never `last`, which is another run as
 * soon as somebody starts one.
 */
export function short(id: string): string {
  return isRunId(id) ? id.slice(0, LEAST_ID) : id;
}
