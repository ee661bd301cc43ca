// How one run is read: its row, or all that belongs to it.

import { outputOf } from "../../output.ts";
import type { ContextRow, ReadOptions, RunRecord, RunRow, SealRow } from "../../store.ts";
import { IS_DELIVERED } from "../../libsql/migrations/delivered.ts";
import { pendingDecisions } from "./decisions.ts";
import { eventPayload } from "./events.ts";
import { CONTEXT, eventColumns, RUN, SEAL, STEP, storedEvent } from "./rows.ts";
import { sizeOf } from "./sizes.ts";
import type { Raw, Source } from "../source.ts";

function runById(source: Source, id: string): RunRow | null {
  return one(source, source.row(`SELECT ${RUN.columns()} FROM runs WHERE id = ?`, [id]));
}

export function runByNo(source: Source, runNo: number): RunRow | null {
  return one(source, source.row(`SELECT ${RUN.columns()} FROM runs WHERE run_no = ?`, [runNo]));
}

/** Of an agent, or, of a delivery, the first: there may be two of a time when its agent counted, too. */
export function runByKey(source: Source, agentId: string | null, key: string): RunRow | null {
  const whose = agentId === null ? `${IS_DELIVERED} ORDER BY run_no LIMIT 1` : "agent_id = ?";
  const sql = `SELECT ${RUN.columns()} FROM runs WHERE idempotency_key = ? AND ${whose}`;
  return one(source, source.row(sql, agentId === null ? [key] : [key, agentId]));
}

/** The id of the run with this number. */
export function idOf(source: Source, runNo: number | null): string | null {
  if (runNo === null) return null;
  return source.row("SELECT id FROM runs WHERE run_no = ?", [runNo])?.id ?? null;
}

function one(source: Source, raw: Raw | undefined): RunRow | null {
  return raw === undefined ? null : RUN.decode(source, raw);
}

/** The run with what belongs to it, as far as the options say; null when there is none. */
export function readRun(source: Source, id: string, options: ReadOptions): RunRecord | null {
  const run = runById(source, id);
  if (run === null) return null;
  const { runNo } = run;
  const steps = stepsOf(source, runNo, options.outputs);
  const events = options.events <= 0 ? [] : source.rows(
    `SELECT ${eventColumns("events")} FROM events WHERE run_no = ? ORDER BY seq DESC LIMIT ?`,
    [runNo, options.events],
  );
  return {
    run,
    parentId: idOf(source, run.parentRunNo),
    output: options.outputs ? null : outputAt(source, runNo, run.outputSeq),
    steps: steps.map((raw) => {
      const output = outputOf(source.text(raw.payload));
      return {
        ...STEP.decode(source, raw),
        output,
        outputSize: output?.length ?? raw.payload_size,
      };
    }),
    context: contextOf(source, runNo),
    decisions: pendingDecisions(source, runNo),
    events: events.reverse().map((raw) => storedEvent(source, raw, id, Infinity)),
    seals: options.seals ? sealsOf(source, runNo) : [],
  };
}

function stepsOf(source: Source, runNo: number, some: ReadOptions["outputs"]): Raw[] {
  const from = `FROM steps s LEFT JOIN events e ON e.run_no = s.run_no AND e.seq = s.output_seq
    WHERE s.run_no = ?1 ORDER BY s.step_id`;
  const size = sizeOf("e.payload");
  if (!some) {
    return source.rows(
      `SELECT ${STEP.columns("s")}, ${size} AS payload_size, e.payload AS payload ${from}`,
      [
        runNo,
      ],
    );
  }
  return source.rows(
    `SELECT ${STEP.columns("s")}, ${size} AS payload_size, CASE
       WHEN ${size} <= ?2 AND ?3 >= sum(CASE WHEN ${size} <= ?2 THEN ${size} ELSE 0 END)
         OVER (ORDER BY s.step_id) THEN e.payload
       WHEN EXISTS (
         SELECT 1 FROM seals WHERE run_no = s.run_no AND slot = 'event:' || s.output_seq
       ) THEN e.payload END AS payload
     ${from}`,
    [runNo, some.each, some.together],
  );
}

export function outputAt(source: Source, runNo: number, seq: number | null): string | null {
  return seq === null ? null : outputOf(eventPayload(source, runNo, seq));
}

function sealsOf(source: Source, runNo: number): SealRow[] {
  const rows = source.rows(`SELECT ${SEAL.columns()} FROM seals WHERE run_no = ?`, [runNo]);
  return rows.map((raw) => SEAL.decode(source, raw));
}

function contextOf(source: Source, runNo: number): ContextRow | null {
  const raw = source.row(`SELECT ${CONTEXT.columns()} FROM contexts WHERE run_no = ?`, [runNo]);
  return raw === undefined ? null : CONTEXT.decode(source, raw);
}
