// How the store in memory finds ended runs that go, and takes them away.

import { isTerminal } from "../../core/status.ts";
import type { RunRow } from "../../engine/store/store.ts";
import {
  type Expired,
  type ExpiredSlice,
  type Expiry,
  familyExpiryOf,
  type FiresGone,
  type FiresKept,
  NOTHING_REMOVED,
  type Removal,
  type RemovalMarks,
  type RunAge,
} from "../../engine/store/retention-store.ts";
import { keyOf, type MemoryState } from "./memory-state.ts";

/** Runs that one read looks at. */
const WINDOW = 500;

export function endedBack(state: MemoryState, before: number | null, count: number) {
  const found = ended(state).filter((run) => before === null || run.runNo < before).slice(-count);
  return { runNo: found[0]?.runNo ?? null, count: found.length };
}

export function expiredRuns(state: MemoryState, expiry: Expiry, after: number): ExpiredSlice {
  const looked = ended(state).filter((run) => run.runNo > after).slice(0, WINDOW);
  const byNo = (runNo: number) => {
    const run = state.runs.get(runNo);
    return run === undefined ? null : ageOf(run);
  };
  const runs = looked.flatMap((run): Expired[] => {
    const goes = familyExpiryOf(ageOf(run), expiry, byNo);
    return goes === null ? [] : [{ runNo: run.runNo, lastSeq: run.lastSeq, goes }];
  });
  return { runs, next: looked.length < WINDOW ? null : looked.at(-1)!.runNo };
}

export function halfRemoved(state: MemoryState, limit: number): Expired[] {
  return ended(state).filter((run) => ageOf(run).removal.removing !== undefined).slice(0, limit)
    .map(({ runNo, lastSeq }) => ({ runNo, lastSeq, goes: "texts" }));
}

export function removeRuns(
  state: MemoryState,
  runs: readonly Expired[],
  { at, keysSince, budgetMs }: { at: number; keysSince: number; budgetMs: number },
): Removal {
  const until = performance.now() + budgetMs;
  const removal = { ...NOTHING_REMOVED };
  for (const { runNo, lastSeq, goes } of runs) {
    const run = state.runs.get(runNo);
    removal.through++;
    const isLast = runNo === Math.max(...state.runs.keys()) ||
      runNo === state.log.at(-1)?.runNo;
    if (!run || !isTerminal(run.status) || isLast) continue;
    const { removed } = ageOf(run).removal;
    if (removed === undefined && run.lastSeq !== lastSeq) continue;
    if (removed === undefined) removal.events += removeTexts(state, run, at);
    if (goes === "whole" && !isReferredTo(state, run, keysSince)) {
      state.runs.delete(runNo);
      state.runNos.delete(run.id);
      if (run.idempotencyKey !== null) state.keys.delete(keyOf(run.agentId, run.idempotencyKey));
      removal.whole++;
    } else if (removed === undefined) removal.texts++;
    if (performance.now() >= until) break;
  }
  return removal;
}

export function removeFires(state: MemoryState, { since, most, least }: FiresKept): FiresGone {
  let fires = 0;
  for (const [id, rows] of state.fires) {
    const newest = [...rows.values()].sort((a, b) => b.dueAt - a.dueAt);
    const stays = state.schedules.has(id) ? least : 0;
    for (const [place, { dueAt, at }] of newest.entries()) {
      if (place < most && (place < stays || at >= since)) continue;
      rows.delete(dueAt);
      fires++;
    }
  }
  return { fires, heldMs: 0, next: null };
}

function removeTexts(state: MemoryState, run: RunRow, at: number): number {
  const { runNo } = run;
  const ids = (state.eventIds.get(runNo) ?? []).filter((id) => id !== undefined);
  for (const id of ids) delete state.log[id - 1];
  const parts = [state.eventIds, state.steps, state.contexts, state.decisions, state.seals];
  for (const part of [...parts, state.revoked, state.timers, state.suspects]) part.delete(runNo);
  for (const [seq, { givenUpAt }] of state.callbacks.get(runNo) ?? []) {
    if (givenUpAt !== null) state.callbacks.get(runNo)!.delete(seq);
  }
  const marks = JSON.stringify({ removed: at });
  state.runs.set(runNo, { ...run, params: "{}", lastSeq: 0, outputSeq: null, marks });
  return ids.length;
}

function isReferredTo(state: MemoryState, run: RunRow, keysSince: number): boolean {
  if (run.idempotencyKey !== null && (run.completedAt ?? run.updatedAt) >= keysSince) return true;
  const isTold = [...state.fires.values()].some((rows) =>
    [...rows.values()].some(({ runNo }) => runNo === run.runNo)
  );
  return isTold ||
    [...state.runs.values()].some(({ parentRunNo, forkedFrom }) =>
      parentRunNo === run.runNo ||
      (forkedFrom !== null && JSON.parse(forkedFrom).workflow_id === run.id)
    );
}

function ended(state: MemoryState): RunRow[] {
  return [...state.runs.values()].filter(({ status }) => isTerminal(status))
    .sort((a, b) => a.runNo - b.runNo);
}

function ageOf(run: RunRow): RunAge {
  return { ...run, removal: run.marks === null ? {} : JSON.parse(run.marks) as RemovalMarks };
}
