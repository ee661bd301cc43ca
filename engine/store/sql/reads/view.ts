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
import type { Raw, Reading } from "../reading.ts";
import { smallText, textSize } from "../sizes.ts";
import type { Source } from "../source.ts";
import { askedDecisions } from "./decisions.ts";
import { noticesOfRun } from "./notices.ts";
import { idOf } from "./run.ts";
import { errorOf } from "./runs.ts";
import {
  BARE_CONTEXT,
  BARE_STEP,
  CONTEXT,
  eventColumns,
  HEAD,
  headColumns,
  STEP,
  storedEvents,
} from "./rows.ts";

/** Steps that an answer may look at; of more than that it could not show half. */
const MOST_STEPS = 6_000;
/** Of more steps than those: at the most so many of each kind. */
const MOST_OF_A_KIND = 2_500;
/** Decisions in one view. */
const MOST_DECISIONS = 450;

const code = (status: StepStatus) => STEP_STATUSES.indexOf(status);

/** Steps of which nobody has to be told first. */
const QUIET = `(${code("completed")}, ${code("skipped")}, ${code("pending")})`;

export function* runHead(source: Source, id: string): Reading<RunHead | null> {
  const sql = `SELECT ${headColumns("runs")} FROM runs WHERE id = ?`;
  const raw = yield* source.row(sql, [id]);
  if (raw === undefined) return null;
  raw.error = yield* errorOf(source, raw);
  return HEAD.decode(raw);
}

export function* viewRun(
  source: Source,
  id: string,
  options: ViewOptions,
): Reading<RunView | null> {
  const run = yield* runHead(source, id);
  if (run === null) return null;
  const { dialect } = source;
  const { runNo, outputSeq } = run;
  const output = outputSeq === null ? undefined : yield* source.row(
    `SELECT ${dialect.smallContent("payload")} AS payload, ${dialect.contentSize("payload")} AS size
     FROM events WHERE run_no = ? AND seq = ?`,
    [runNo, outputSeq],
  );
  const { steps, allSteps } = yield* stepsOf(source, runNo);
  const { rows: decisions, more } = yield* askedDecisions(source, runNo, {
    limit: MOST_DECISIONS,
    room: options.room,
  });
  const events = options.events <= 0 ? [] : yield* source.rows(
    `SELECT ${eventColumns(dialect, "events")} FROM events
     WHERE run_no = ? ORDER BY seq DESC LIMIT ?`,
    [runNo, options.events],
  );
  const context = yield* source.row(
    `SELECT ${BARE_CONTEXT.columns()},
       CASE WHEN octet_length(data) <= CAST(? AS bigint) THEN data END AS data,
       ${textSize("data")} AS data_size
     FROM contexts WHERE run_no = ?`,
    [options.room, runNo],
  );
  return {
    run,
    parentId: yield* idOf(source, run.parentRunNo),
    output: outputOf(output?.payload ?? null),
    outputSize: output?.size ?? 0,
    steps,
    allSteps,
    context: context === undefined ? null : CONTEXT.decode(context),
    dataSize: context?.data_size ?? 0,
    decisions,
    allDecisions: !more,
    // Only what is small: the answer says what else it has room for.
    events: yield* storedEvents(source, events.reverse(), { runId: () => id, most: 0 }),
    notices: options.noticesSince === undefined
      ? []
      : yield* noticesOfRun(source, id, options.noticesSince),
  };
}

function* stepsOf(
  source: Source,
  runNo: number,
): Reading<{ steps: StepView[]; allSteps: boolean }> {
  const { smallContent, contentSize } = source.dialect;
  const select = (from: string, limit: number) =>
    source.rows(
      `SELECT ${BARE_STEP.columns("s")}, ${smallText("s.error")} AS error,
         ${textSize("s.error")} AS error_size, ${smallContent("e.payload")} AS payload,
         ${contentSize("e.payload")} AS output_size
       FROM ${from}`,
      [runNo, limit],
    );
  const joined = "LEFT JOIN events e ON e.run_no = s.run_no AND e.seq = s.output_seq";
  const byId = (which: string, limit: number) =>
    select(`steps s ${joined} WHERE s.run_no = ? ${which} ORDER BY s.step_id LIMIT ?`, limit);
  // Outputs are looked up for those alone that are picked.
  const byStart = (which: string, limit: number) =>
    select(
      `(SELECT * FROM steps s WHERE s.run_no = ? ${which}
         ORDER BY s.started_at NULLS FIRST, s.step_id LIMIT ?
       ) AS s ${joined} ORDER BY s.started_at NULLS FIRST, s.step_id`,
      limit,
    );
  const count = yield* source.row(
    "SELECT count(*) AS n FROM (SELECT 1 FROM steps WHERE run_no = ? LIMIT ?) AS page",
    [runNo, MOST_STEPS + 1],
  );
  const allSteps = count!.n <= MOST_STEPS;
  const quiet = `AND s.status IN ${QUIET}`;
  const isInner = "s.step_id LIKE '%.%'";
  const rows = allSteps ? yield* byId("", MOST_STEPS) : [
    ...yield* byId(`AND s.status NOT IN ${QUIET}`, MOST_OF_A_KIND),
    ...yield* byId(`${quiet} AND NOT ${isInner}`, MOST_OF_A_KIND),
    ...yield* byStart(`${quiet} AND ${isInner}`, MOST_OF_A_KIND),
  ];
  return { steps: rows.map(stepView), allSteps };
}

function stepView(raw: Raw): StepView {
  return {
    ...STEP.decode(raw),
    errorSize: raw.error_size,
    output: outputOf(raw.payload),
    outputSize: raw.output_size,
  };
}

export function* runTexts(source: Source, runNo: number, wanted: WantedTexts): Reading<RunTexts> {
  const { textsOf } = source.dialect;
  const payloads = yield* source.payloadsAt(runNo, [...wanted.outputs, ...wanted.payloads]);
  const rows = wanted.errors.length === 0 ? [] : yield* source.rows(
    `SELECT step_id, error FROM steps
     WHERE run_no = ? AND step_id IN (SELECT value FROM ${textsOf("?")})`,
    [runNo, JSON.stringify(wanted.errors)],
  );
  const errors = new Map(rows.map((raw) => [raw.step_id, raw.error]));
  const each = <K extends string | number>(keys: K[], textOf: (key: K) => string | null) =>
    Object.fromEntries(keys.map((key) => [key, textOf(key)])) as Record<K, string | null>;
  const payload = (seq: number) => payloads.get(seq) ?? null;
  return {
    outputs: each(wanted.outputs, (seq) => outputOf(payload(seq))),
    payloads: each(wanted.payloads, payload),
    errors: each(wanted.errors, (stepId) => cutError(errors.get(stepId) ?? null)),
  };
}

export function* stepStatuses(source: Source, runNo: number): Reading<StepBrief[]> {
  const rows = yield* source.rows(
    `SELECT step_id, status, duration_ms, retries FROM steps WHERE run_no = ? ORDER BY step_id`,
    [runNo],
  );
  return rows.map((raw) => ({
    stepId: raw.step_id,
    status: STEP_STATUSES[raw.status as number]!,
    durationMs: raw.duration_ms,
    retries: raw.retries,
  }));
}
