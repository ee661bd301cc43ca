// Whether a call of an external action is let through after calls before it have failed.
//
// Each agent has breakers of its own, one for each action and target (a host, a program). Failures
// in a row open one; after a cooldown one call may probe, and its result closes or opens it again
// (M. Nygard, "Release It!", circuit breaker). Only the action knows which of its errors speak of the
// target: what the author has limited or mistaken counts neither way, nor does an abort.

import type { CircuitRules, Verdict } from "../../actions/action.ts";
import type { Clock } from "../../core/clock.ts";
import { formatDuration } from "../../core/duration.ts";
import { OpcodeError } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json.ts";

/** Consecutive failures that open a breaker. */
const FAILURE_THRESHOLD = 5;
/** How long an open breaker refuses every call. */
const COOLDOWN_MS = 30_000;
/** A probe that has told nothing after this long lets the next call probe too. */
const PROBE_MS = 5_000;
/** Circuits of one agent that are remembered; beyond, the one that failed longest ago is forgotten. */
const MOST_CIRCUITS = 100;
/** Agents of which any are; beyond, the one that failed longest ago is forgotten. */
const MOST_AGENTS = 1_000;
/** What fails together: for one agent, an action, or what the action is about. */
export interface Circuit {
  agentId: string;
  action: string;
  target?: ReturnType<CircuitRules["target"]>;
}

type State = "closed" | "open" | "half_open";

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
  /** The latest call that a half-open breaker has let through, and since when (monotonic ms). */
  probe: { call: BreakerCall; since: number } | null;
  /** All that it has let through since it opened. */
  probes: WeakSet<BreakerCall>;
}

/** A call that was let through. */
export class BreakerCall {
  /** What the call made of its breaker's state. */
  readonly changes: BreakerChange[] = [];
  #end: ((verdict: Verdict) => void) | null;

  constructor(end: (verdict: Verdict) => void) {
    this.#end = end;
  }

  /** How the call has ended; what is said first counts. */
  ended(verdict: Verdict): void {
    this.#end?.(verdict);
    this.#end = null;
  }
}

export class Breakers {
  readonly #clock: Clock;
  /** By agent and circuit, both in the order of their latest failures. */
  readonly #agents = new Map<string, Map<string, Breaker>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many circuits of an agent have failed and not succeeded since. */
  sizeOf(agentId: string): number {
    return this.#agents.get(agentId)?.size ?? 0;
  }

  /**
   * Lets a call through, which must be told how it ends; throws CIRCUIT_OPEN instead while the
   * breaker is open, or half-open with its probe under way.
   */
  enter(circuit: Circuit): BreakerCall {
    const breaker = this.#find(circuit);
    const call: BreakerCall = new BreakerCall((verdict) => this.#ended(circuit, call, verdict));
    if (!breaker || breaker.state === "closed") return call;
    if (this.#waitOf(breaker) > 0) throw this.#refusal(circuit, breaker);
    breaker.probe = { call, since: this.#clock.monotonic() };
    breaker.probes.add(call);
    change(call, circuit, breaker, "half_open");
    return call;
  }

  /** How long the circuit's next call would be refused, in ms; 0: it would not. */
  waitMs(circuit: Circuit): number {
    const breaker = this.#find(circuit);
    return breaker && breaker.state !== "closed" ? this.#waitOf(breaker) : 0;
  }

  #find(circuit: Circuit): Breaker | undefined {
    return this.#agents.get(circuit.agentId)?.get(keyOf(circuit));
  }

  #waitOf({ openedAt, probe }: Breaker): number {
    const until = probe ? probe.since + PROBE_MS : openedAt + COOLDOWN_MS;
    return Math.max(0, Math.ceil(until - this.#clock.monotonic()));
  }

  #ended(circuit: Circuit, call: BreakerCall, verdict: Verdict): void {
    const breaker = this.#find(circuit);
    const isProbe = breaker?.probes.has(call) ?? false;
    const isLatest = breaker?.probe?.call === call;
    // While it is open only its probes can tell anything new, and of those that were overtaken
    // only that the other side is well again.
    if (breaker && breaker.state !== "closed" && !isLatest && !(isProbe && verdict === "up")) {
      return;
    }
    if (isLatest) breaker!.probe = null;
    if (verdict === "up") {
      this.#forget(circuit);
      if (isProbe) change(call, circuit, { ...breaker!, failures: 0 }, "closed");
    } else if (verdict === "down") {
      this.#failed(circuit, call);
      // The next call is the probe instead.
    } else if (isLatest) breaker!.state = "open";
  }

  #failed(circuit: Circuit, call: BreakerCall): void {
    const { agentId } = circuit;
    const key = keyOf(circuit);
    const own = this.#agents.get(agentId) ?? new Map<string, Breaker>();
    const breaker = own.get(key) ??
      { state: "closed", failures: 0, openedAt: 0, probe: null, probes: new WeakSet() };
    putLast(own, key, breaker, MOST_CIRCUITS);
    putLast(this.#agents, agentId, own, MOST_AGENTS);
    breaker.failures++;
    if (breaker.failures < FAILURE_THRESHOLD) return;
    breaker.openedAt = this.#clock.monotonic();
    change(call, circuit, breaker, "open");
  }

  #forget(circuit: Circuit): void {
    const own = this.#agents.get(circuit.agentId);
    own?.delete(keyOf(circuit));
    if (own?.size === 0) this.#agents.delete(circuit.agentId);
  }

  #refusal(circuit: Circuit, breaker: Breaker): OpcodeError {
    const { action, target } = circuit;
    const left = Math.max(0, breaker.openedAt + COOLDOWN_MS - this.#clock.monotonic());
    const remaining = formatDuration(Math.ceil(left));
    const when = breaker.probe
      ? "one call is trying it again"
      : `calls are refused for ${remaining} more`;
    const whose = target ? ` ${"host" in target ? "to" : "of"} ${Object.values(target)}` : "";
    return new OpcodeError(
      "CIRCUIT_OPEN",
      `${action}${whose} has failed ${breaker.failures} times in a row; ${when}`,
      {
        details: {
          action,
          ...target,
          consecutive_failures: breaker.failures,
          state: breaker.state,
          cooldown_remaining: remaining,
          retry_after_ms: this.#waitOf(breaker),
        },
      },
    );
  }
}

function keyOf({ action, target }: Circuit): string {
  return [action, ...Object.values(target ?? {})].join(" ");
}

function putLast<T>(map: Map<string, T>, key: string, value: T, most: number): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= most) return;
  const [oldest] = map.keys();
  map.delete(oldest!);
}

function change(call: BreakerCall, circuit: Circuit, breaker: Breaker, state: State): void {
  breaker.state = state;
  call.changes.push({
    type: `circuit_breaker_${state}`,
    payload: {
      action: circuit.action,
      ...circuit.target,
      state,
      consecutive_failures: breaker.failures,
      failure_threshold: FAILURE_THRESHOLD,
      cooldown: formatDuration(COOLDOWN_MS),
    },
  });
}
