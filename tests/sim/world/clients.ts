// Those who start runs and send signals, and what they were promised for it.

import type { ErrorCode, OpcodeError } from "../../../core/errors.ts";
import type { Opcode, RunReply, SignalReply, SignalRequest } from "../../../engine/api.ts";
import { Draw } from "../../support/generate/values.ts";
import type { SimStart } from "../generate/scenario.ts";
import type { PickedSignal, SignalKind } from "../generate/signals.ts";

/** A run that somebody asked for; it is asked for again until there is an answer. */
export interface Order {
  start: Omit<SimStart, "params"> & { params?: SimStart["params"] };
  /** The run to go on from, and from which of its steps. */
  fork?: { from_run: string; from_step: string };
  key: string;
  /** Its id, once it was acknowledged. */
  runId: string | null;
  /** Of whom somebody waits for an answer now. */
  asked: Opcode | null;
  /** A fork of a run that had been revived meanwhile. */
  refused?: true;
}

export interface SentSignal {
  runId: string;
  kind: SignalKind;
  /** To whom it was sent. */
  via: Opcode;
  /** `lost`: the process died before it answered, or nobody waits for that any more. */
  answer: "none" | "accepted" | "lost" | ErrorCode;
  /** Whether it had to be refused, and was. */
  wasInvalid: boolean;
  /** Refused by who did not know whether it is stored. */
  mayBeStored?: true;
}

/** What a client was told of a run when it ended. */
export interface Told {
  runId: string;
  reply: Pick<RunReply, "status" | "output">;
}

/** Refusals that only say that the process could not take it now. */
const UNCERTAIN: readonly ErrorCode[] = ["STORE_ERROR", "BUSY"];

/** Refusals of signals that came too late, or whose target had changed meanwhile. */
const TOO_LATE: readonly ErrorCode[] = ["CONFLICT", "NOT_FOUND", "INVALID_TRANSITION"];

/** By a step alone nobody answers it once it has asked more than once. */
function tooLate({ signal_type, decision_id }: SignalRequest): readonly ErrorCode[] {
  const isUnsure = signal_type === "decision" && decision_id === undefined;
  return isUnsure ? [...TOO_LATE, "VALIDATION_ERROR"] : TOO_LATE;
}

export class Clients {
  readonly orders: Order[];
  readonly signals: SentSignal[] = [];
  readonly told: Told[] = [];
  readonly faults: string[] = [];
  readonly #decided: PickedSignal[] = [];
  /** Questions that were answered. */
  readonly #answered = new Set<string>();
  readonly #draw: Draw;
  readonly #trace: (line: string) => void;

  constructor(
    options: { starts: readonly SimStart[]; random: () => number; trace: (line: string) => void },
  ) {
    this.#draw = new Draw(options.random);
    this.#trace = options.trace;
    this.orders = options.starts.map((start, i) => ({
      start,
      key: `order-${i}`,
      runId: null,
      asked: null,
    }));
  }

  /** Asks for the run unless it was acknowledged or is being asked for. */
  order(opcode: Opcode, order: Order): void {
    if (order.runId !== null || order.asked || order.refused) return;
    order.asked = opcode;
    const isAnswered = () => order.asked = order.asked === opcode ? null : order.asked;
    const { template, agentId, params } = order.start;
    this.#trace(`start ${order.key} ${order.fork ? JSON.stringify(order.fork) : ""}`);
    opcode.run({
      template_name: template,
      agent_id: agentId,
      ...(params && { params }),
      ...order.fork,
      idempotency_key: order.key,
      wait_ms: this.#waitMs(),
    }).then((reply) => {
      const { workflow_id: id } = reply;
      if (order.runId !== null && order.runId !== id) {
        this.faults.push(`${order.key} was run ${order.runId} and is ${id}`);
      }
      order.runId = id;
      isAnswered();
      this.#trace(`${order.key} is ${reply.workflow_id}: ${reply.status}`);
      this.#note(reply);
    }, (error: OpcodeError) => {
      isAnswered();
      this.#trace(`${order.key}: ${error.code} ${error.message}`);
      if (order.fork && error.code === "CONFLICT") order.refused = true;
      else if (!UNCERTAIN.includes(error.code)) {
        this.faults.push(`starting ${order.key} is refused: ${error.code} ${error.message}`);
      }
    });
  }

  /** Asks for a run that goes on from another one's step. */
  fork(opcode: Opcode, { start, fork }: Required<Pick<Order, "start" | "fork">>): void {
    const key = `order-${this.orders.length}`;
    const order: Order = { start, fork, key, runId: null, asked: null };
    this.orders.push(order);
    this.order(opcode, order);
  }

  /** Somebody decides once more what was decided: it is too late, whatever its step asks by now. */
  repeat(opcode: Opcode): void {
    if (this.#decided.length > 0) this.send(opcode, this.#draw.pick(this.#decided));
  }

  send(opcode: Opcode, picked: PickedSignal): void {
    const { request, refusal } = picked;
    const { workflow_id: runId, signal_type: kind } = request;
    const sent: SentSignal = { runId, kind, via: opcode, answer: "none", wasInvalid: false };
    this.signals.push(sent);
    const text = JSON.stringify(request);
    this.#trace(`${refusal ? "invalid " : ""}signal ${text}`);
    opcode.signal({ ...request, wait_ms: this.#waitMs() }).then((reply) => {
      sent.answer = "accepted";
      if (kind === "decision") this.#heard(picked, reply);
      this.#trace(`accepted ${kind}: ${reply.status}`);
      if (refusal) this.faults.push(`${text} is accepted instead of ${refusal.join(" or ")}`);
      this.#note(reply);
    }, (error: OpcodeError) => {
      sent.answer = error.code;
      if (error.details?.maybe_stored) sent.mayBeStored = true;
      this.#trace(`refused ${kind}: ${error.code} ${error.message}`);
      if (UNCERTAIN.includes(error.code)) return;
      sent.wasInvalid = refusal !== null;
      if (!(refusal ?? tooLate(request)).includes(error.code)) {
        this.faults.push(`${text} is refused with ${error.code}: ${error.message}`);
      }
    });
  }

  /** The process died, or does not answer: whoever waited for an answer of it gets none. */
  cutOff(opcode: Opcode): void {
    for (const order of this.orders) if (order.asked === opcode) order.asked = null;
    for (const signal of this.signals) {
      if (signal.answer === "none" && signal.via === opcode) signal.answer = "lost";
    }
  }

  /** An answer meets the question that it names, and each question takes one. */
  #heard(picked: PickedSignal, { decision_id: met }: SignalReply): void {
    const { decision_id: meant } = picked.request;
    const again = this.#decided.includes(picked);
    if (again || met === undefined || this.#answered.has(met) || (meant ?? met) !== met) {
      this.faults.push(`${JSON.stringify(picked.request)} is taken for decision ${met}`);
    }
    if (met !== undefined) this.#answered.add(met);
    this.#decided.push(picked);
  }

  #waitMs(): number {
    return this.#draw.pick([0, 0, 10, 5_000, 600_000]);
  }

  #note(reply: RunReply | SignalReply): void {
    if (reply.status === undefined) return;
    const { workflow_id: runId, status, output } = reply;
    this.told.push({ runId, reply: { status, ...(output !== undefined && { output }) } });
  }
}
