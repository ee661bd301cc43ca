// Whether a call of an external action is let through after calls before it have failed.
//
// All runs of the process share one breaker an action, for those that reach many hosts one a host.
// Failures in a row open it; after a cooldown one call may probe, and its result closes or opens it
// again (M. Nygard, "Release It!", circuit breaker). Aborts, errors that trying again would not
// change, and files that are not as expected say nothing about the other side: they count neither way.

import type { Clock } from "../../core/clock.ts";
import { formatDuration } from "../../core/duration.ts";
import { type ErrorObject, isRetryable, OpcodeError } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json.ts";

/** Consecutive failures that open a breaker. */
const FAILURE_THRESHOLD = 5;
/** How long an open breaker refuses every call. */
const COOLDOWN_MS = 30_000;
/** Circuits with failures that are remembered; beyond, the one that failed longest ago is forgotten. */
const MOST_CIRCUITS = 1_000;

/**
 * What the operating system says of one path or program and not of itself: a workflow that looks for
 * a file until it is there must not keep all others from theirs.
 */
const ANSWERS: ReadonlySet<unknown> = new Set([
  "E2BIG",
  "EACCES",
  "EEXIST",
  "EISDIR",
  "ELOOP",
  "ENAMETOOLONG",
  "ENOENT",
  "ENOTDIR",
  "ENOTEMPTY",
  "EPERM",
]);

/** What fails together: an action, of those that reach many hosts one host. */
export interface Circuit {
  action: string;
  host?: string;
}

type State = "closed" | "open" | "half_open";

type Outcome = "success" | "failure" | "unknown";

/** A change of a breaker's state, as it is told in the log of the run that caused it. */
export interface BreakerChange {
  type: `circuit_breaker_${State}`;
  payload: JsonObject;
}

/** What is known of a circuit whose last call failed; the others need no breaker. */
interface Breaker {
  state: State;
  /** Consecutive. */
  failures: number;
  /** Monotonic ms. */
  openedAt: number;
  /** The one call that a half-open breaker has let through. */
  probe: BreakerCall | null;
}

/** A call that was let through. */
export class BreakerCall {
  /** What the call made of its breaker's state. */
  readonly changes: BreakerChange[] = [];
  #end: ((outcome: Outcome) => void) | null;

  constructor(end: (outcome: Outcome) => void) {
    this.#end = end;
  }

  succeeded(): void {
    this.#finish("success");
  }

  failed(error: ErrorObject): void {
    const counts = isRetryable(error) && error.code !== "CANCELLED" &&
      !ANSWERS.has(error.details?.cause_code);
    this.#finish(counts ? "failure" : "unknown");
  }

  /** Nobody waits for the result any more. */
  abandoned(): void {
    this.#finish("unknown");
  }

  /** What is said first counts. */
  #finish(outcome: Outcome): void {
    this.#end?.(outcome);
    this.#end = null;
  }
}

export class Breakers {
  readonly #clock: Clock;
  /** By circuit, in the order of their latest failures. */
  readonly #breakers = new Map<string, Breaker>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many circuits have failed and not succeeded since. */
  get size(): number {
    return this.#breakers.size;
  }

  /**
   * Lets a call through, which must be told how it ends; throws CIRCUIT_OPEN instead while the
   * breaker is open, or half-open with its probe under way.
   */
  enter(circuit: Circuit): BreakerCall {
    const key = circuit.host === undefined ? circuit.action : `${circuit.action} ${circuit.host}`;
    const breaker = this.#breakers.get(key);
    const call: BreakerCall = new BreakerCall((outcome) =>
      this.#ended(key, circuit, call, outcome)
    );
    if (!breaker || breaker.state === "closed") return call;
    const left = breaker.openedAt + COOLDOWN_MS - this.#clock.monotonic();
    if (breaker.probe || left > 0) throw refusal(circuit, breaker, left);
    breaker.probe = call;
    change(call, circuit, breaker, "half_open");
    return call;
  }

  #ended(key: string, circuit: Circuit, call: BreakerCall, outcome: Outcome): void {
    const breaker = this.#breakers.get(key);
    const isProbe = breaker?.probe === call;
    if (isProbe) breaker.probe = null;
    // While it is open only its probe can tell anything new.
    else if (breaker && breaker.state !== "closed") return;
    if (outcome === "success") {
      this.#breakers.delete(key);
      if (isProbe) change(call, circuit, { ...breaker, failures: 0 }, "closed");
    } else if (outcome === "failure") {
      this.#failed(key, circuit, call);
      // The next call is the probe instead.
    } else if (isProbe) breaker.state = "open";
  }

  #failed(key: string, circuit: Circuit, call: BreakerCall): void {
    const breaker = this.#breakers.get(key) ??
      { state: "closed", failures: 0, openedAt: 0, probe: null };
    this.#breakers.delete(key);
    this.#breakers.set(key, breaker);
    if (this.#breakers.size > MOST_CIRCUITS) {
      const [oldest] = this.#breakers.keys();
      this.#breakers.delete(oldest!);
    }
    breaker.failures++;
    if (breaker.failures < FAILURE_THRESHOLD) return;
    breaker.openedAt = this.#clock.monotonic();
    change(call, circuit, breaker, "open");
  }
}

function change(call: BreakerCall, circuit: Circuit, breaker: Breaker, state: State): void {
  breaker.state = state;
  call.changes.push({
    type: `circuit_breaker_${state}`,
    payload: {
      ...circuit,
      state,
      consecutive_failures: breaker.failures,
      failure_threshold: FAILURE_THRESHOLD,
      cooldown: formatDuration(COOLDOWN_MS),
    },
  });
}

function refusal(circuit: Circuit, breaker: Breaker, leftMs: number): OpcodeError {
  const { action, host } = circuit;
  const remaining = formatDuration(Math.max(0, Math.ceil(leftMs)));
  const when = leftMs > 0
    ? `calls are refused for ${remaining} more`
    : "one call is trying it again";
  const whose = host === undefined ? action : `${action} to ${host}`;
  return new OpcodeError(
    "CIRCUIT_OPEN",
    `${whose} has failed ${breaker.failures} times in a row; ${when}`,
    {
      details: {
        ...circuit,
        consecutive_failures: breaker.failures,
        state: breaker.state,
        cooldown_remaining: remaining,
      },
    },
  );
}
