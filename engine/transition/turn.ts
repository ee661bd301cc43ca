// What one turn of an actor produces: events and changed rows, gathered into one hand-over.

import type { Json } from "../../core/json.ts";
import { noteCallback } from "../callbacks/note.ts";
import { refuseDeep } from "../journal/encode.ts";
import type { RunStatus } from "../../core/status.ts";
import type { EventType } from "../journal/event-types.ts";
import { CONTEXT_SLOT, detailSlot, eventSlot } from "../secrecy/sealed.ts";
import { type Composed, weightOf } from "../store/composed.ts";
import { emptyHandOver, type HandOver, type StepRow } from "../store/store.ts";
import { Agenda } from "./agenda.ts";
import type { LogFields } from "../../core/log.ts";
import type { Worker } from "../../core/working.ts";
import type { RunEnv } from "../actor/run-env.ts";
import type { Input } from "../actor/inputs.ts";
import { isHalted, type RunState, type StepState } from "../state/state.ts";
import { noteStatus } from "../state/unfinished.ts";

/** A turn ends at this many events, so that a long run is neither one commit nor invisible. */
const MOST_EVENTS = 500;
const MOST_MS = 10;
/** The same while several agents are at work: each waits for the turn that another's run is taking. */
const MOST_SHARED_MS = 0.7;
/** And at this many characters of payloads: all of it is in memory until it is stored. */
const MOST_PAYLOAD = 4 * 1024 * 1024;
/** The same while several agents are at work: they wait for its commit. */
const MOST_SHARED_PAYLOAD = 128 * 1024;

export class Turn implements Worker {
  readonly run: RunState;
  readonly env: RunEnv;
  readonly number: number;
  /** Wall time of the turn, epoch ms. */
  readonly now: number;
  readonly handOver: HandOver;
  /** Steps that settled in this turn, for progress reports. */
  readonly settled: StepState[] = [];
  /** What its steps have left to be seen to. */
  readonly agenda = new Agenda();
  /** What may happen only once the turn is committed. */
  readonly afterCommit: (() => void)[] = [];
  /** What may happen once it is over, stored or not. */
  atEnd: (() => void)[] | null = null;
  readonly post: (input: Input) => void;
  /** Whether the run waited for answers when the turn began. */
  readonly wasHalted: boolean;
  /** What of the run's context is to be written. */
  contextChange: "data" | "notes" | null = null;
  /** Whether the run's marks are to be stored, whatever else is. */
  marksChanged = false;
  /** Whether what may go on has been put in line in this turn. */
  requeued = false;
  /** Steps that wait for an answer from elsewhere since this turn. */
  parked = 0;
  #changed: StepState[] = [];
  #expect: { status: RunStatus; seq: number } | null;
  /** Monotonic time at which it began, ms. */
  readonly monotonic: number;
  #mostMs: number;
  #mostPayload: number;
  #payload = 0;

  constructor(options: {
    run: RunState;
    env: RunEnv;
    number: number;
    post: (input: Input) => void;
    /** The run's row already exists (or is in an earlier hand-over). */
    exists: boolean;
  }) {
    this.run = options.run;
    this.handOver = emptyHandOver(options.run.row.runNo);
    this.env = options.env;
    this.number = options.number;
    this.post = options.post;
    this.now = options.env.clock.now();
    this.monotonic = options.env.clock.monotonic();
    const { several } = options.env.presence;
    this.#mostMs = several ? MOST_SHARED_MS : MOST_MS;
    this.#mostPayload = several ? MOST_SHARED_PAYLOAD : MOST_PAYLOAD;
    this.wasHalted = isHalted(options.run);
    const { row } = options.run;
    this.#expect = options.exists ? { status: row.status, seq: row.lastSeq } : null;
  }

  /**
   * Ms that have passed since `at` by the wall clock, or since `from` by the monotonic one if that is
   * known in this process: the longer, since the wall clock may have been set back.
   */
  since(at: number, from: number | null): number {
    const steady = from === null ? 0 : Math.round(this.monotonic - from);
    return Math.max(0, this.now - at, steady);
  }

  /** Whether it has something to store by now. */
  get brings(): boolean {
    return this.handOver.events.length > 0;
  }

  workFields(): LogFields {
    const { id, templateName, agentId } = this.run.row;
    return { workflow_id: id, template: templateName, agent_id: agentId };
  }

  /** Appends an event with a payload that is JSON text already; returns its sequence number. */
  event(
    type: EventType,
    stepId: string | null,
    payload: string | Composed | null,
    agentId?: string,
  ): number {
    const { row } = this.run;
    const seq = ++row.lastSeq;
    this.#payload += weightOf(payload);
    this.handOver.events.push({
      runNo: row.runNo,
      seq,
      type,
      stepId,
      payload,
      agentId: agentId ?? null,
      at: this.now,
    });
    const { notify } = this.run.plan;
    if (notify) noteCallback(this.handOver, row, notify, { type, seq, at: this.now });
    return seq;
  }

  /** Appends an event with a payload that still has to be masked and encoded. */
  eventWith(type: EventType, stepId: string | null, payload: Json, agentId?: string): number {
    return this.event(type, stepId, this.text(payload), agentId);
  }

  /** The value as anyone may see it: without the secrets that the run knows. */
  masked<T>(value: T): T {
    return this.run.secrets.mask(value);
  }

  /** JSON text of the masked value. */
  text(value: Json): string {
    return this.env.encoder.text(this.masked(value));
  }

  /**
   * JSON text of a masked output, and whether that hides anything: then `seal` it too. Throws
   * EXECUTION_ERROR when it is too large or too deep.
   */
  output(value: Json): { text: string; hides: boolean } {
    refuseDeep(value);
    const masked = this.masked(value);
    return { text: this.env.encoder.output(masked), hides: masked !== value };
  }

  /** Keeps the raw value of what the event's payload holds masked. */
  sealEvent(seq: number, value: Json): void {
    this.#seal(eventSlot(seq), value);
  }

  /** Keeps the raw value of a slot that changes, if it is or was one that holds secrets. */
  sealSlot(slot: string, value: Json): void {
    if (this.run.secrets.keeps(slot) || this.masked(value) !== value) this.#seal(slot, value);
  }

  #seal(slot: string, value: Json): void {
    const { row, secrets } = this.run;
    this.handOver.seals.push(secrets.seal(row.runNo, slot, value));
  }

  /** Notes that the step's row must be written. */
  changed(step: StepState): void {
    if (step.changedIn === this.number) return;
    step.changedIn = this.number;
    this.#changed.push(step);
  }

  timer(key: string, dueAt: number | null): void {
    this.handOver.timers.push({ runNo: this.run.row.runNo, key, dueAt });
  }

  /** Whether it has so much to store that no more should be added, what was asked or reported neither. */
  get heavy(): boolean {
    return this.#payload >= this.#mostPayload;
  }

  /** Whether the actor should hand over and let others run first. */
  get full(): boolean {
    const { length } = this.handOver.events;
    // Asked before each step, for one expression may take longer than many steps; but something
    // must have come of the turn, or a run whose every turn begins slowly would never go on.
    return length >= MOST_EVENTS || this.heavy ||
      (length + this.parked > 0 && this.env.clock.monotonic() - this.monotonic > this.#mostMs);
  }

  /** Completes the hand-over; null when the turn changed nothing. */
  finish(): HandOver | null {
    const { row } = this.run;
    const { handOver } = this;
    if (!this.agenda.isEmpty) throw new Error("a turn ends with facts that nobody has seen to");
    for (const step of this.#changed) {
      noteStatus(this.run, step);
      handOver.steps.push(this.#stepRow(step));
    }
    if (this.contextChange) this.#writeContext(this.contextChange);
    const learnt = this.run.secrets.takeUnsaved(row.runNo);
    if (learnt) handOver.seals.push(learnt);
    const touched = handOver.events.length > 0 || handOver.steps.length > 0 || this.marksChanged;
    if (touched || this.#expect === null) {
      row.updatedAt = this.now;
      const marks = this.#marks();
      const sameMarks = marks === row.marks;
      row.marks = marks;
      if (this.#expect === null) handOver.creates.push({ ...row });
      else {
        handOver.updates.push({
          runNo: row.runNo,
          agentId: row.agentId,
          expectStatus: this.#expect.status,
          expectSeq: this.#expect.seq,
          status: row.status,
          lastSeq: row.lastSeq,
          outputSeq: row.outputSeq,
          error: row.error,
          startedAt: row.startedAt,
          completedAt: row.completedAt,
          updatedAt: row.updatedAt,
          activeMs: row.activeMs,
          activeSince: row.activeSince,
          marks,
          sameMarks,
        });
      }
    }
    const nothing = !touched && this.#expect !== null && handOver.timers.length === 0 &&
      handOver.contexts.length === 0 && handOver.agents.length === 0 &&
      handOver.decisions.length === 0 && handOver.seals.length === 0 &&
      handOver.creates.length === 0 && handOver.answers.length === 0;
    return nothing ? null : handOver;
  }

  #writeContext(change: "data" | "notes"): void {
    const { run } = this;
    run.context = { ...run.context!, data: this.text(run.contextData) };
    this.handOver.contexts = [run.context];
    if (change === "data") this.sealSlot(CONTEXT_SLOT, run.contextData);
  }

  #stepRow(step: StepState): StepRow {
    const { row } = step;
    return {
      runNo: this.run.row.runNo,
      stepId: step.id,
      ...row,
      error: row.error === null ? null : this.text(row.error),
      detail: this.#detail(step),
    };
  }

  /** Only a signal's name can be a secret: the rest is needed as it is while the vault is locked. */
  #detail({ id, sealedSignal, row: { detail } }: StepState): string | null {
    const { signal } = detail;
    if (signal === undefined) return textUnlessEmpty(detail);
    const masked = this.masked(signal);
    if (!sealedSignal && masked !== signal) this.#seal(detailSlot(id), { signal });
    return JSON.stringify({ ...detail, signal: masked });
  }

  /** Of the marks only an error can hold a secret. */
  #marks(): string | null {
    const { marks } = this.run;
    const { outcome } = marks;
    if (!outcome?.error) return textUnlessEmpty(marks);
    return JSON.stringify({ ...marks, outcome: { ...outcome, error: this.masked(outcome.error) } });
  }
}

/** JSON text; null for an object without members, the usual case, at no cost. */
function textUnlessEmpty(value: object): string | null {
  for (const _ in value) return JSON.stringify(value);
  return null;
}
