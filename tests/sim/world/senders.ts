// Those who deliver something to a hook, again and again until they have an answer, and at times once more.

import { parseJson } from "../../../core/exact-json.ts";
import type { ErrorCode, OpcodeError } from "../../../core/errors.ts";
import type { EngineFacade } from "../../../engine/api.ts";
import { SIGN } from "../../support/hook-signatures.ts";
import { Draw } from "../../support/generate/values.ts";
import {
  HOOK,
  HOOK_SECRET,
  SECRETS,
  type SimDelivery,
  someDeliveries,
  WIRED,
} from "../generate/outside.ts";

/** A delivery, and what its sender knows of it. */
export interface Sent extends SimDelivery {
  /** The run that it was answered with. */
  runId: string | null;
  /** Of whom somebody waits for an answer now. */
  asked: EngineFacade | null;
  /** How often it was delivered. */
  times: number;
}

/** Refusals that only say that the process could not take it now. */
const UNCERTAIN: readonly ErrorCode[] = ["STORE_ERROR", "BUSY"];

export class Senders {
  readonly sent: readonly Sent[];
  readonly faults: string[] = [];
  readonly #draw: Draw;
  readonly #now: () => number;
  readonly #trace: (line: string) => void;
  #begun = 0;

  constructor(
    options: { random: () => number; now: () => number; trace: (line: string) => void },
  ) {
    this.#draw = new Draw(options.random);
    this.#now = options.now;
    this.#trace = options.trace;
    this.sent = someDeliveries(this.#draw).map((one) => ({
      ...one,
      runId: null,
      asked: null,
      times: 0,
    }));
  }

  /** Whether all have their answers. */
  get areDone(): boolean {
    return this.sent.every(({ runId }) => runId !== null);
  }

  /** At times the next one begins, or one comes again although it has its answer. */
  act(opcode: EngineFacade): void {
    if (this.sent.length === 0) return;
    if (this.#draw.chance(0.5)) this.#begun = Math.min(this.#begun + 1, this.sent.length);
    const begun = this.sent.slice(0, this.#begun);
    if (begun.length > 0 && this.#draw.chance(0.3)) this.#deliver(opcode, this.#draw.pick(begun));
  }

  /** Who has begun and has no answer yet delivers again; in the end all do. */
  again(opcode: EngineFacade, all = false): void {
    if (all) this.#begun = this.sent.length;
    for (const one of this.sent.slice(0, this.#begun)) {
      if (one.runId === null && !one.asked) this.#deliver(opcode, one);
    }
  }

  /** The process died, or does not answer: whoever waited for an answer of it gets none. */
  cutOff(opcode: EngineFacade): void {
    for (const one of this.sent) if (one.asked === opcode) one.asked = null;
  }

  #deliver(opcode: EngineFacade, one: Sent): void {
    const text = JSON.stringify(one.body);
    const headers: Record<string, string> = {
      "content-type": "application/json",
      "webhook-id": one.id,
      ...SIGN["hmac-sha256"](SECRETS[HOOK_SECRET]!, text, this.#now()),
    };
    one.asked = opcode;
    const isAnswered = () => one.asked = one.asked === opcode ? null : one.asked;
    one.times++;
    this.#trace(`deliver ${one.id}`);
    opcode.receive({
      template: WIRED,
      name: HOOK,
      method: "POST",
      header: (name) => headers[name],
      query: [],
      bytes: () => Promise.resolve(Buffer.from(text)),
      json: (bytes) => Promise.resolve(parseJson(Buffer.from(bytes).toString())),
      stranger: null,
      waitMs: this.#draw.pick([0, 0, 5_000]),
      waiting: (call) => call({}),
    }).then((received) => {
      isAnswered();
      const said = JSON.stringify(received);
      this.#trace(`${one.id}: ${said}`);
      if (received.outcome !== "run") this.#fault(`${one.id} is answered with ${said}`);
      else this.#heard(one, received.workflow_id);
    }, (error: OpcodeError) => {
      isAnswered();
      this.#trace(`${one.id}: ${error.code} ${error.message}`);
      if (!UNCERTAIN.includes(error.code)) {
        this.#fault(`${one.id} is refused: ${error.code} ${error.message}`);
      }
    });
  }

  #heard(one: Sent, runId: string): void {
    if (one.runId !== null && one.runId !== runId) {
      this.#fault(`${one.id} was run ${one.runId} and is ${runId}`);
    }
    one.runId = runId;
  }

  #fault(fault: string): void {
    this.faults.push(fault);
  }
}
