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
import type { Dialect } from "../dialect.ts";
import { names } from "../lists.ts";
import type { Raw, Reading } from "../reading.ts";
import { smallText, textSize } from "../sizes.ts";
import type { Source } from "../source.ts";
import { decoding } from "../unroll.ts";

interface Selected {
  /** The columns for a statement; of the table that is called `of` in it, if it is. */
  columns(of?: string): string;
}

/** Of rows that have no content. */
export interface Reader<Row> extends Selected {
  decode(this: void, raw: Raw): Row;
}

/** Of rows whose contents may be kept apart. */
export interface ContentReader<Row> extends Selected {
  /** The rows; contents that are kept apart are asked for first. */
  read(source: Source, raws: readonly Raw[]): Reading<Row[]>;
}

const same = (value: unknown) => value as string | null;

/** Reads rows of a table without the fields `except`, among which are all contents. */
function reader<Row, Except extends keyof Row & string = never>(
  table: Table<Row>,
  except: readonly Except[] = [],
): Reader<Omit<Row, Except>> {
  const columns = columnsOf(table, fieldsOf(table.columns, except));
  const content = columns.find(({ column }) => column.kind === "content");
  if (content) throw new Error(`${content.name} of ${table.name} may be kept apart`);
  const decode = decoding<Omit<Row, Except>>(columns);
  return { columns: (of) => names(columns, of), decode: (raw) => decode(raw, same) };
}

function contentReader<Row>(table: Table<Row>): ContentReader<Row> {
  const columns = columnsOf(table);
  const contents = columns.filter(({ column }) => column.kind === "content")
    .map(({ name }) => name);
  const decode = decoding<Row>(columns);
  return {
    columns: (of) => names(columns, of),
    *read(source, raws) {
      const rows: Row[] = [];
      for (const raw of raws) {
        for (const name of contents) {
          if (source.dialect.apart(raw[name]) !== null) raw[name] = yield* source.text(raw[name]);
        }
        rows.push(decode(raw, same));
      }
      return rows;
    },
  };
}

export const RUN = contentReader(RUNS);
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
export const TEMPLATE = contentReader(TEMPLATES);
export const BARE_TEMPLATE = reader(TEMPLATES, [
  "definition",
  "inputSchema",
  "outputSchema",
  "triggers",
]);
export const AGENT = reader(AGENTS);
export const SCHEDULE = contentReader(SCHEDULES);
export const FIRE = reader(FIRES);
export const HOOK = reader(HOOKS);
export const CALLBACK = reader(CALLBACKS);
export const NOTICE = reader(NOTICES);
export const SUSPECT = reader(SUSPECTS, ["doing"]);
export const SECRET = reader(SECRETS);
export const META = reader(VAULT_META);

const BARE_EVENT = reader(EVENTS, ["runNo", "payload"]);

/** A run's columns without its params, with its error measured, and there if it is small. */
export function headColumns(table: string): string {
  const error = `${table}.error`;
  return `${BARE_HEAD.columns(table)}, ${smallText(error)} AS error, ${
    textSize(error)
  } AS error_size`;
}

/** An event's columns with its payload measured, and there if it is small. */
export function eventColumns({ smallContent, contentSize }: Dialect, table: string): string {
  const payload = `${table}.payload`;
  return `${table}.id, ${table}.run_no, ${BARE_EVENT.columns(table)},
    ${smallContent(payload)} AS payload, ${contentSize(payload)} AS payload_size`;
}

/** The events of such columns; `most`: bytes of the largest payload that is read. */
export function* storedEvents(
  source: Source,
  raws: readonly Raw[],
  { runId, most }: { runId: (raw: Raw) => string; most: number },
): Reading<StoredEvent[]> {
  const isLeft = ({ payload, payload_size: size }: Raw) =>
    payload === null && size > 0 && size <= most;
  const payloads = yield* source.payloads(raws.filter(isLeft).map(({ id }) => id));
  return raws.map((raw) => ({
    ...BARE_EVENT.decode(raw),
    id: raw.id,
    runId: runId(raw),
    payload: raw.payload ?? payloads.get(raw.id) ?? null,
    payloadSize: raw.payload_size,
  }));
}
