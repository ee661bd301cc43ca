// How rows are selected and made of what comes back: all of a row, or without its large texts.

import type { StoredEvent } from "../../store.ts";
import {
  AGENTS,
  CALLBACKS,
  columnsOf,
  CONTEXTS,
  DECISIONS,
  EVENTS,
  fieldsOf,
  FIRES,
  HOOKS,
  NOTICES,
  RUNS,
  SCHEDULES,
  SEALS,
  SECRETS,
  STEPS,
  SUSPECTS,
  type Table,
  TEMPLATES,
  TIMERS,
  VAULT_META,
} from "../../tables.ts";
import { names } from "../lists.ts";
import { decoding } from "../unroll.ts";
import { sizeOf, smallText } from "./sizes.ts";
import type { Raw, Source } from "../source.ts";

export interface Reader<Row> {
  /** The columns for a statement; of the table that is called `of` in it, if it is. */
  columns(of?: string): string;
  /** The row; contents that are stored apart are looked up. */
  decode(source: Source, raw: Raw): Row;
}

/** Reads rows of a table without the fields `except`. */
function reader<Row, Except extends keyof Row & string = never>(
  table: Table<Row>,
  except: readonly Except[] = [],
): Reader<Omit<Row, Except>> {
  const columns = columnsOf(table, fieldsOf(table.columns, except));
  const decode = decoding<Omit<Row, Except>>(columns);
  return {
    columns: (of) => names(columns, of),
    decode: (source, raw) => decode(raw, (value) => source.text(value)),
  };
}

export const RUN = reader(RUNS);
/** A run's row without what may be large; whoever decodes with `HEAD` has selected an error, too. */
export const BARE_HEAD = reader(RUNS, ["params", "error"]);
export const HEAD = reader(RUNS, ["params"]);
export const STEP = reader(STEPS);
export const BARE_STEP = reader(STEPS, ["error"]);
export const CONTEXT = reader(CONTEXTS);
export const BARE_CONTEXT = reader(CONTEXTS, ["data"]);
export const DECISION = reader(DECISIONS);
export const SEAL = reader(SEALS);
export const TIMER = reader(TIMERS);
export const TEMPLATE = reader(TEMPLATES);
export const BARE_TEMPLATE = reader(TEMPLATES, [
  "definition",
  "inputSchema",
  "outputSchema",
  "triggers",
]);
export const AGENT = reader(AGENTS);
export const SCHEDULE = reader(SCHEDULES);
export const FIRE = reader(FIRES);
export const HOOK = reader(HOOKS);
export const CALLBACK = reader(CALLBACKS);
export const NOTICE = reader(NOTICES);
export const SUSPECT = reader(SUSPECTS, ["doing"]);
export const SECRET = reader(SECRETS);
export const META = reader(VAULT_META);

const BARE_EVENT = reader(EVENTS, ["runNo", "payload"]);

/** An event's columns with its payload measured, and there if it is small. */
export function eventColumns(table: string): string {
  const payload = `${table}.payload`;
  return `${table}.id, ${table}.run_no, ${BARE_EVENT.columns(table)},
    ${smallText(payload)} AS payload, ${sizeOf(payload)} AS payload_size`;
}

/** The event of such columns; `most`: bytes of the largest payload that is read. */
export function storedEvent(source: Source, raw: Raw, runId: string, most: number): StoredEvent {
  const size: number = raw.payload_size;
  return {
    ...BARE_EVENT.decode(source, raw),
    id: raw.id,
    runId,
    payload: raw.payload ?? (size === 0 || size > most ? null : source.payload(raw.id)),
    payloadSize: size,
  };
}
