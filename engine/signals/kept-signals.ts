// Which data signals a run keeps for waits that begin later, and which of them a wait takes.

import { OpcodeError } from "../../core/errors.ts";
import { parseJson } from "../../core/exact-json.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import { weigh } from "../../core/weigh.ts";
import { cut } from "../../core/text.ts";
import type { KeptSignalReport, SignalRequest } from "../api.ts";
import { MASK } from "../secrecy/masker.ts";
import { eventSlot } from "../secrecy/sealed.ts";
import type { RunRecord, Store } from "../store/store.ts";
import type { Marks } from "../state/marks.ts";
import { findStep, type RunState, type StepState } from "../state/state.ts";
import type { Turn } from "../transition/turn.ts";
import { signalOf } from "../state/unsealed.ts";
import type { KeptSignal } from "../state/kept-signal.ts";

/** Signals that one run keeps, and characters of their payloads as JSON: they are in its memory. */
const MOST_KEPT = 100;
const LARGEST_KEPT = 1024 * 1024;

/** Throws CONFLICT when the run keeps as much as it may. */
export function refuseMoreKept({ run, env }: Turn, payload: JsonObject): void {
  let size = env.encoder.text(payload).length;
  for (const kept of run.kept) size += kept.size;
  if (run.kept.length < MOST_KEPT && size <= LARGEST_KEPT) return;
  throw new OpcodeError(
    "CONFLICT",
    `the workflow keeps ${run.kept.length} data signals for waits that have not begun: it may have ` +
      `${MOST_KEPT}, of ${LARGEST_KEPT} characters as JSON together`,
    { details: { workflow_id: run.row.id, most: MOST_KEPT, most_size: LARGEST_KEPT } },
  );
}

/** Keeps the signal that the event holds. */
export function keepSignal(
  turn: Turn,
  seq: number,
  { step_id: stepId, payload = {} }: SignalRequest,
): void {
  const { run } = turn;
  const size = turn.env.encoder.text(payload).length;
  hold(run, { seq, stepId, payload, sealed: null, size, held: weigh(payload) });
  if (turn.masked(payload) !== payload) turn.sealEvent(seq, payload);
  run.marks.kept = run.kept.map((kept) => kept.seq);
}

function hold(run: RunState, kept: KeptSignal): void {
  run.kept.push(kept);
  run.share.hold(kept.held);
}

/**
 * Takes the oldest kept signal that is for the wait, which has its signal's name by now; undefined
 * when there is none. Throws VAULT_ERROR when one that it may be cannot be read.
 */
export function takeKept({ run }: Turn, step: StepState): JsonObject | undefined {
  const at = run.kept.findIndex((kept) => isFor(run, step, kept));
  if (at < 0) return undefined;
  const payload = payloadOf(run.kept[at]!);
  const [taken] = run.kept.splice(at, 1);
  run.share.drop(taken!.held);
  if (run.kept.length === 0) delete run.marks.kept;
  else run.marks.kept = run.kept.map(({ seq }) => seq);
  return payload;
}

function isFor(run: RunState, step: StepState, kept: KeptSignal): boolean {
  const { stepId, sealed } = kept;
  const { signal, name } = kept.payload;
  const isHidden = [signal, name].some((text) => typeof text === "string" && text.includes(MASK));
  const payload = sealed && isHidden ? payloadOf(kept) : kept.payload;
  return namesWait(run, step, { stepId, payload });
}

function payloadOf(kept: KeptSignal): JsonObject {
  if (kept.sealed) kept.payload = kept.sealed.open();
  kept.sealed = null;
  return kept.payload;
}

/**
 * The steps that a data signal meets: by the full id of one, else by short id or signal name. One
 * for a step that does not wait, or no more, meets none. Throws VAULT_ERROR when the signal of one
 * that it may meet cannot be read.
 */
export function metBy(run: RunState, { step_id, payload = {} }: SignalRequest): StepState[] {
  const { waits } = run;
  const met = new Set<StepState>();
  const named = step_id === undefined ? undefined : findStep(run, step_id);
  if (named) {
    if (waits.has(named)) met.add(named);
  } else {
    if (step_id !== undefined) { for (const step of waits.ofShortId(step_id)) met.add(step); }
    for (const step of ofSignals(waits, [payload.signal, payload.name])) met.add(step);
  }
  met.forEach(signalOf);
  return [...met].sort((a, b) => a.order - b.order);
}

/** The steps that wait for one of these signals, as far as they are names. */
function ofSignals(waits: RunState["waits"], names: (Json | undefined)[]): StepState[] {
  if (names.every((name) => name === undefined)) return [];
  for (const step of waits.masked()) waits.add(step, signalOf(step));
  return names.flatMap((name) => typeof name === "string" ? [...waits.ofSignal(name)] : []);
}

/**
 * Whether data is for the wait: by its full id; if the id is that of no other step, by its short one
 * or the name of its signal. Throws VAULT_ERROR when that cannot be read.
 */
function namesWait(
  run: RunState,
  step: StepState,
  { stepId, payload }: { stepId: string | undefined; payload: JsonObject },
): boolean {
  if (step.id === stepId) return true;
  if (stepId !== undefined && findStep(run, stepId) !== undefined) return false;
  if (step.plan.id === stepId) return true;
  if (payload.signal === undefined && payload.name === undefined) return false;
  const signal = signalOf(step);
  return payload.signal === signal || payload.name === signal;
}

/** Payloads of the events that hold what a run keeps, by their sequence number. */
export type KeptEvents = ReadonlyMap<number, JsonObject>;

/** Sequence numbers of the events that hold what the run keeps, the oldest first. */
export function keptBy({ marks }: { marks: string | null }): number[] {
  return marks === null ? [] : (parseJson(marks) as Marks).kept ?? [];
}

/** What status says of one of them, by its event's payload; its name is masked where it was stored. */
export function keptReport(sequence: number, text: string | null): KeptSignalReport {
  const { step_id, payload = {} } = (text === null ? {} : parseJson(text)) as Event;
  const name = [payload.signal, payload.name].find((one) => typeof one === "string");
  return {
    sequence,
    ...(step_id !== undefined && { step_id }),
    ...(name !== undefined && { signal: cut(name as string) }),
  };
}

interface Event {
  step_id?: string;
  payload?: JsonObject;
}

/** Reads what the run keeps. */
export async function readKept(store: Store, { run }: RunRecord): Promise<KeptEvents> {
  const events = new Map<number, JsonObject>();
  for (const seq of keptBy(run)) {
    const payload = await store.eventPayload(run.runNo, seq);
    events.set(seq, parseJson(payload!) as JsonObject);
  }
  return events;
}

/** Puts what was read back into the run. */
export function restoreKept(run: RunState, events: KeptEvents): void {
  for (const seq of run.marks.kept ?? []) {
    const event = events.get(seq);
    if (!event) continue;
    const payload = (event.payload ?? {}) as JsonObject;
    hold(run, {
      seq,
      stepId: event.step_id as string | undefined,
      payload,
      sealed: run.secrets.sealed<JsonObject>(eventSlot(seq)),
      size: JSON.stringify(payload).length,
      held: weigh(payload),
    });
  }
}
