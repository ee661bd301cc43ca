// How one run is read: its row, or all that belongs to it.

import { outputOf } from "../../output.ts";
import type { ContextRow, ReadOptions, RunRecord, RunRow, SealRow } from "../../store.ts";
import { IS_DELIVERED } from "../indexed.ts";
import type { Raw, Reading, Value } from "../reading.ts";
import type { Source } from "../source.ts";
import { pendingDecisions } from "./decisions.ts";
import { eventPayload } from "./events.ts";
import { CONTEXT, eventColumns, RUN, SEAL, STEP, storedEvents } from "./rows.ts";

function runById(source: Source, id: string): Reading<RunRow | null> {
  return one(source, "id = ?", [id]);
}

export function runByNo(source: Source, runNo: number): Reading<RunRow | null> {
  return one(source, "run_no = ?", [runNo]);
}

/** Of an agent, or, of a delivery, the first: there may be two of a time when its agent counted, too. */
export function runByKey(
  source: Source,
  agentId: string | null,
  key: string,
): Reading<RunRow | null> {
  return agentId === null
    ? one(source, `idempotency_key = ? AND ${IS_DELIVERED} ORDER BY run_no LIMIT 1`, [key])
    : one(source, "idempotency_key = ? AND agent_id = ?", [key, agentId]);
}

function* one(source: Source, which: string, values: Value[]): Reading<RunRow | null> {
  const rows = yield* source.rows(`SELECT ${RUN.columns()} FROM runs WHERE ${which}`, values);
  const [run = null] = yield* RUN.read(source, rows);
  return run;
}

/** The id of the run with this number. */
export function* idOf(source: Source, runNo: number | null): Reading<string | null> {
  if (runNo === null) return null;
  const row = yield* source.row("SELECT id FROM runs WHERE run_no = ?", [runNo]);
  return row?.id ?? null;
}

/** The run with what belongs to it, as far as the options say; null when there is none. */
export function* readRun(
  source: Source,
  id: string,
  options: ReadOptions,
): Reading<RunRecord | null> {
  const run = yield* runById(source, id);
  if (run === null) return null;
  const { runNo } = run;
  const steps = yield* stepsOf(source, runNo, options.outputs);
  const events = options.events <= 0 ? [] : yield* source.rows(
    `SELECT ${eventColumns(source.dialect, "events")} FROM events
     WHERE run_no = ? ORDER BY seq DESC LIMIT ?`,
    [runNo, options.events],
  );
  return {
    run,
    parentId: yield* idOf(source, run.parentRunNo),
    output: options.outputs ? null : yield* outputAt(source, runNo, run.outputSeq),
    steps: steps.map((raw) => {
      const output = outputOf(raw.payload);
      return { ...STEP.decode(raw), output, outputSize: output?.length ?? raw.payload_size };
    }),
    context: yield* contextOf(source, runNo),
    decisions: yield* pendingDecisions(source, runNo),
    events: yield* storedEvents(source, events.reverse(), { runId: () => id, most: Infinity }),
    seals: options.seals ? yield* sealsOf(source, runNo) : [],
  };
}

/** The rows of its steps with the payloads that have their outputs. */
function* stepsOf(source: Source, runNo: number, some: ReadOptions["outputs"]): Reading<Raw[]> {
  const from = `FROM steps s LEFT JOIN events e ON e.run_no = s.run_no AND e.seq = s.output_seq
    WHERE s.run_no = ?1 ORDER BY s.step_id`;
  const { dialect } = source;
  const size = dialect.contentSize("e.payload");
  const rows = !some
    ? yield* source.rows(
      `SELECT ${STEP.columns("s")}, ${size} AS payload_size, e.payload AS payload ${from}`,
      [runNo],
    )
    : yield* source.rows(
      `SELECT ${STEP.columns("s")}, ${size} AS payload_size, CASE
       WHEN ${size} <= ?2 AND ?3 >= sum(CASE WHEN ${size} <= ?2 THEN ${size} ELSE 0 END)
         OVER (ORDER BY s.step_id) THEN e.payload
       WHEN EXISTS (
         SELECT 1 FROM seals
         WHERE seals.run_no = s.run_no AND slot = 'event:' || CAST(s.output_seq AS text)
       ) THEN e.payload END AS payload
     ${from}`,
      [runNo, some.each, some.together],
    );
  for (const raw of rows) {
    if (dialect.apart(raw.payload) !== null) raw.payload = yield* source.text(raw.payload);
  }
  return rows;
}

function* outputAt(source: Source, runNo: number, seq: number | null): Reading<string | null> {
  return seq === null ? null : outputOf(yield* eventPayload(source, runNo, seq));
}

function* sealsOf(source: Source, runNo: number): Reading<SealRow[]> {
  const rows = yield* source.rows(
    `SELECT ${SEAL.columns()} FROM seals WHERE run_no = ? ORDER BY slot`,
    [runNo],
  );
  return rows.map(SEAL.decode);
}

function* contextOf(source: Source, runNo: number): Reading<ContextRow | null> {
  const sql = `SELECT ${CONTEXT.columns()} FROM contexts WHERE run_no = ?`;
  const raw = yield* source.row(sql, [runNo]);
  return raw === undefined ? null : CONTEXT.decode(raw);
}
