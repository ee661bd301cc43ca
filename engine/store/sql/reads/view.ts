// How one run is read for an answer: measured first, so that nothing is loaded that is not shown.

import { STEP_STATUSES, type StepStatus } from "../../../../core/status.ts";
import { cutError } from "../../cut.ts";
import { outputOf } from "../../output.ts";
import type {
  RunHead,
  RunTexts,
  RunView,
  StepBrief,
  StepView,
  ViewOptions,
  WantedTexts,
} from "../../store.ts";
import { askedDecisions } from "./decisions.ts";
import { eventPayload } from "./events.ts";
import { noticesOfRun } from "./notices.ts";
import { idOf } from "./run.ts";
import { errorOf } from "./runs.ts";
import {
  BARE_CONTEXT,
  BARE_HEAD,
  BARE_STEP,
  CONTEXT,
  eventColumns,
  HEAD,
  STEP,
  storedEvent,
} from "./rows.ts";
import { sizeOf, smallText } from "./sizes.ts";
import type { Raw, Source } from "../source.ts";

/** Steps that an answer may look at; of more than that it could not show half. */
const MOST_STEPS = 6_000;
/** Of more steps than those: at the most so many of each kind. */
const MOST_OF_A_KIND = 2_500;
/** Decisions in one view. */
const MOST_DECISIONS = 450;

const code = (status: StepStatus) => STEP_STATUSES.indexOf(status);

/** Steps of which nobody has to be told first. */
const QUIET = `(${code("completed")}, ${code("skipped")}, ${code("pending")})`;

export function runHead(source: Source, id: string): RunHead | null {
  const raw = headOf(source, id);
  return raw === undefined ? null : head(source, raw);
}

function head(source: Source, raw: Raw): RunHead {
  return HEAD.decode(source, { ...raw, error: errorOf(source, raw) });
}

function headOf(source: Source, id: string): Raw | undefined {
  return source.row(
    `SELECT ${BARE_HEAD.columns("runs")}, ${smallText("error")} AS error, ${
      sizeOf("error")
    } AS error_size
     FROM runs WHERE id = ?`,
    [id],
  );
}

export function viewRun(source: Source, id: string, options: ViewOptions): RunView | null {
  const raw = headOf(source, id);
  if (raw === undefined) return null;
  const run = head(source, raw);
  const { runNo, outputSeq } = run;
  const output = outputSeq === null ? undefined : source.row(
    `SELECT ${smallText("payload")} AS payload, ${sizeOf("payload")} AS size
     FROM events WHERE run_no = ? AND seq = ?`,
    [runNo, outputSeq],
  );
  const { steps, allSteps } = stepsOf(source, runNo);
  const { rows: decisions, more } = askedDecisions(source, runNo, {
    limit: MOST_DECISIONS,
    room: options.room,
  });
  const events = options.events <= 0 ? [] : source.rows(
    `SELECT ${eventColumns("events")} FROM events WHERE run_no = ? ORDER BY seq DESC LIMIT ?`,
    [runNo, options.events],
  );
  const context = source.row(
    `SELECT ${BARE_CONTEXT.columns()},
       CASE WHEN octet_length(data) <= ? THEN data END AS data,
       coalesce(octet_length(data), 0) AS data_size
     FROM contexts WHERE run_no = ?`,
    [options.room, runNo],
  );
  return {
    run,
    parentId: idOf(source, run.parentRunNo),
    output: outputOf(output?.payload ?? null),
    outputSize: output?.size ?? 0,
    steps,
    allSteps,
    context: context === undefined ? null : CONTEXT.decode(source, context),
    dataSize: context?.data_size ?? 0,
    decisions,
    allDecisions: !more,
    // Only what is small: the answer says what else it has room for.
    events: events.reverse().map((event) => storedEvent(source, event, id, 0)),
    notices: options.noticesSince === undefined
      ? []
      : noticesOfRun(source, id, options.noticesSince),
  };
}

function stepsOf(source: Source, runNo: number): { steps: StepView[]; allSteps: boolean } {
  const read = (which: string, limit: number) =>
    source.rows(
      `SELECT page.*, ${smallText("e.payload")} AS payload, ${sizeOf("e.payload")} AS output_size
       FROM (
         SELECT ${BARE_STEP.columns()}, ${smallText("error")} AS error,
           coalesce(octet_length(error), 0) AS error_size
         FROM steps WHERE run_no = ? ${which} LIMIT ?
       ) page
       LEFT JOIN events e ON e.run_no = page.run_no AND e.seq = page.output_seq`,
      [runNo, limit],
    );
  const { n } = source.row(
    "SELECT count(*) AS n FROM (SELECT 1 FROM steps WHERE run_no = ? LIMIT ?)",
    [runNo, MOST_STEPS + 1],
  )!;
  const isTop = "instr(step_id, '.') = 0";
  const rows = n <= MOST_STEPS ? read("ORDER BY step_id", MOST_STEPS) : [
    ...read(`AND status NOT IN ${QUIET} ORDER BY step_id`, MOST_OF_A_KIND),
    ...read(`AND status IN ${QUIET} AND ${isTop} ORDER BY step_id`, MOST_OF_A_KIND),
    ...read(
      `AND status IN ${QUIET} AND NOT ${isTop} ORDER BY started_at, step_id`,
      MOST_OF_A_KIND,
    ),
  ];
  return { steps: rows.map((raw) => stepView(source, raw)), allSteps: n <= MOST_STEPS };
}

function stepView(source: Source, raw: Raw): StepView {
  return {
    ...STEP.decode(source, raw),
    errorSize: raw.error_size,
    output: outputOf(raw.payload),
    outputSize: raw.output_size,
  };
}

export function runTexts(source: Source, runNo: number, wanted: WantedTexts): RunTexts {
  const each = <K extends string | number>(keys: K[], read: (key: K) => string | null) =>
    Object.fromEntries(keys.map((key) => [key, read(key)])) as Record<K, string | null>;
  const error = (stepId: string): string | null => {
    const sql = "SELECT error FROM steps WHERE run_no = ? AND step_id = ?";
    return cutError(source.row(sql, [runNo, stepId])?.error ?? null);
  };
  return {
    outputs: each(wanted.outputs, (seq) => outputOf(eventPayload(source, runNo, seq))),
    payloads: each(wanted.payloads, (seq) => eventPayload(source, runNo, seq)),
    errors: each(wanted.errors, error),
  };
}

export function stepStatuses(source: Source, runNo: number): StepBrief[] {
  const sql = "SELECT step_id, status, duration_ms, retries FROM steps WHERE run_no = ?";
  return source.rows(sql, [runNo]).map((raw) => ({
    stepId: raw.step_id,
    status: STEP_STATUSES[raw.status as number]!,
    durationMs: raw.duration_ms,
    retries: raw.retries,
  }));
}
