// When an external action is not called any more, because it has failed again and again.
//
// One circuit an action, for http.* one an action and host; all runs of the process share them.
// Five failures in a row open a circuit, after 30 s one call may probe, and its result closes or
// opens it again (M. Nygard, "Release It!", circuit breaker). What was aborted, and errors that
// trying again would not change, say nothing about the other side: they count neither way.

import type { Clock } from "../../core/clock.ts";
import { type ErrorObject, isRetryable, OpcodeError } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json.ts";
import type { EventType } from "../journal/event-types.ts";
import type { Result } from "./inputs.ts";

const THRESHOLD = 5;
const COOLDOWN_MS = 30_000;
/** Circuits that have failures; beyond, the one that failed first of them is forgotten. */
const MOST_CIRCUITS = 10_000;

interface Circuit {
  name: string;
  failures: number;
  state: "closed" | "open" | "half_open";
  /** When it opened, in monotonic ms. */
  openedAt: number;
  probing: boolean;
}

/** What a run's log is to say about a circuit. */
export interface CircuitEvent {
  type: EventType;
  payload: JsonObject;
}

export class Breakers {
  readonly #clock: Clock;
  /** Only those with failures: a success forgets them. */
  readonly #circuits = new Map<string, Circuit>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Asks for a call right before it is made. Throws CIRCUIT_OPEN when it must not be. */
  enter(action: string, params: JsonObject): Call {
    const name = circuitName(action, params);
    const circuit = this.#circuits.get(name);
    if (!circuit || circuit.state === "closed") return new Call(this, name, []);
    const left = circuit.openedAt + COOLDOWN_MS - this.#clock.monotonic();
    if (circuit.probing || (circuit.state === "open" && left > 0)) throw refusal(circuit, left);
    circuit.state = "half_open";
    circuit.probing = true;
    return new Call(this, name, [eventOf("circuit_breaker_half_open", circuit)]);
  }

  /** The call is over: `undefined` when its end says nothing. Answers what became of the circuit. */
  leave(name: string, failed: boolean | undefined): CircuitEvent[] {
    const circuit = this.#circuits.get(name);
    if (failed === undefined) {
      // A probe without an answer lets the next call probe.
      if (circuit) circuit.probing = false;
      return [];
    }
    if (!failed) {
      this.#circuits.delete(name);
      if (!circuit || circuit.state === "closed") return [];
      return [eventOf("circuit_breaker_closed", { ...circuit, state: "closed", failures: 0 })];
    }
    return this.#fail(circuit ?? this.#add(name));
  }

  #add(name: string): Circuit {
    const circuit: Circuit = { name, failures: 0, state: "closed", openedAt: 0, probing: false };
    this.#circuits.set(name, circuit);
    if (this.#circuits.size > MOST_CIRCUITS) {
      this.#circuits.delete(this.#circuits.keys().next().value!);
    }
    return circuit;
  }

  #fail(circuit: Circuit): CircuitEvent[] {
    circuit.failures++;
    // What was under way when the circuit opened changes nothing any more.
    if (circuit.state === "open") return [];
    if (circuit.state === "closed" && circuit.failures < THRESHOLD) return [];
    circuit.state = "open";
    circuit.probing = false;
    circuit.openedAt = this.#clock.monotonic();
    return [eventOf("circuit_breaker_open", circuit)];
  }
}

/** One call that a circuit has let through; it ends once. */
export class Call {
  /** What the log is to say, in order. */
  readonly events: CircuitEvent[];
  readonly #breakers: Breakers;
  readonly #name: string;
  #over = false;

  constructor(breakers: Breakers, name: string, events: CircuitEvent[]) {
    this.#breakers = breakers;
    this.#name = name;
    this.events = events;
  }

  /** The action has answered, or its time was over. */
  end(result: Result): void {
    const { ok } = result;
    const failed = ok ? false : result.forced || !counts(result.error) ? undefined : true;
    this.#leave(failed);
  }

  /** The call was given up. */
  abort(): void {
    this.#leave(undefined);
  }

  #leave(failed: boolean | undefined): void {
    if (this.#over) return;
    this.#over = true;
    this.events.push(...this.#breakers.leave(this.#name, failed));
  }
}

function counts(error: ErrorObject): boolean {
  return error.code !== "CANCELLED" && isRetryable(error);
}

function circuitName(action: string, { url }: JsonObject): string {
  if (!action.startsWith("http.") || typeof url !== "string") return action;
  return `${action} ${URL.parse(url)?.host ?? ""}`.trimEnd();
}

function eventOf(type: EventType, { name, state, failures }: Circuit): CircuitEvent {
  return {
    type,
    payload: {
      action: name,
      state,
      consecutive_failures: failures,
      failure_threshold: THRESHOLD,
      cooldown: `${COOLDOWN_MS / 1_000}s`,
    },
  };
}

function refusal({ name, state, failures }: Circuit, leftMs: number): OpcodeError {
  const left = `${Math.max(0, Math.ceil(leftMs))}ms`;
  return new OpcodeError(
    "CIRCUIT_OPEN",
    `${name} has failed ${failures} times in a row and is not called; ` +
      (state === "open" ? `it is tried again in ${left}` : "one call is trying it now"),
    {
      details: { action: name, consecutive_failures: failures, state, cooldown_remaining: left },
    },
  );
}
