// How callbacks reach their receivers: each run's in the order of its events, at least once, and not for ever.

import { errorText, OpcodeError, toErrorObject } from "../../core/errors.ts";
import { cut } from "../../core/text.ts";
import type { EngineEnv } from "../engine-env.ts";
import { KeyedLock } from "../keyed-lock.ts";
import { removedAt } from "../state/removed.ts";
import {
  type CallbackRow,
  emptyHandOver,
  type HandOver,
  NO_RUN,
  type StoredCallback,
} from "../store/store.ts";
import { commitClaimed } from "../timers/commit-claimed.ts";
import type { FreeTimers } from "../timers/free-timers.ts";
import { delayAfter, GIVE_UP_MS } from "./backoff.ts";
import { givenUpTimer } from "./given-up.ts";
import { Hosts } from "./hosts.ts";
import { idOf, messageOf } from "./message.ts";
import { CALLBACK_TIMERS, callbackKey, callbackOf, callbackTimer } from "./note.ts";
import type { Post, PostReply } from "./post.ts";

/** How long an answer may take, ms. */
const TIMEOUT_MS = 15_000;
/** How long what is under way when the engine stops may take to end, ms. */
const LAST_MS = 2_000;
/** Characters of what came of an attempt. */
const MOST_SAID = 300;
/** How long a callback is this node's alone to send, ms: no answer is waited for so long. */
const HELD_MS = 2 * TIMEOUT_MS;
/** How long until what the store has refused is tried again, and what another node is seeing to is looked at, ms. */
const RETRY_MS = 5_000;
/** What is put off comes back as late as after so many attempts: some five minutes. */
const PUT_OFF = 7;
/** The status of a receiver that wants nothing more. */
const GONE = 410;
/** The action whose rules hold for callbacks, too: they are the same to whoever receives them. */
export const LIKE_ACTION = "http.post";

/** What came of an attempt; `final`: there is no use in another one. */
type Outcome =
  | { kind: "taken" }
  | { kind: "failed"; reason: string; final: boolean; retryAfterMs: number }
  /** Too many wait for the host, or another node may be sending it: it was not sent here. */
  | { kind: "put off" };

export class Callbacks {
  readonly #env: EngineEnv;
  readonly #post: Post;
  readonly #hosts = new Hosts();
  /** The callbacks of one run come one after the other. */
  readonly #lock = new KeyedLock();
  /** Timers that have fired and whose callbacks are not stored as sent yet, by key. */
  readonly #due = new Map<string, number>();
  readonly #aborted = new AbortController();
  readonly #underWay = new Set<Promise<void>>();
  #stopping = false;
  #retrying = false;

  constructor(env: EngineEnv, timers: FreeTimers, post: Post) {
    this.#env = env;
    this.#post = post;
    timers.on(CALLBACK_TIMERS, ({ key, dueAt }) => {
      const of = callbackOf(key);
      if (!of || this.#stopping) return;
      this.#due.set(key, dueAt);
      const work = this.#lock.run(String(of.runNo), () => this.#serve(of.runNo, key))
        .catch((thrown) => this.#failed(thrown)).finally(() => this.#underWay.delete(work));
      this.#underWay.add(work);
    });
  }

  /** Begins nothing more; resolves once what is under way has ended, or been cut; null when nothing is. */
  stop(): Promise<void> | null {
    this.#stopping = true;
    return this.#underWay.size === 0 ? null : this.#ended();
  }

  async #ended(): Promise<void> {
    const disarm = this.#env.clock.after(LAST_MS, () => this.#aborted.abort());
    await Promise.all(this.#underWay);
    disarm();
  }

  #failed(thrown: unknown): void {
    if (this.#stopping || this.#env.runs.stopping) return;
    const error = errorText(toErrorObject(thrown));
    this.#env.log.error("a callback could not be seen to, trying again", { error });
    this.#later();
  }

  #later(): void {
    if (this.#retrying) return;
    this.#retrying = true;
    this.#env.clock.after(RETRY_MS, () => {
      this.#retrying = false;
      if (!this.#env.runs.stopping) this.#env.refire(NO_RUN);
    });
  }

  /** Sends what is due of the run's, as long as the first is. `key`: of the timer that has fired. */
  async #serve(runNo: number, key: string): Promise<void> {
    while (!this.#stopping) {
      const first = await this.#env.store.firstCallback(runNo);
      if (!first) return await this.#drop(key);
      const firedAt = this.#due.get(callbackKey(first));
      // It waits for its next attempt, and all behind it with it.
      if (firedAt === undefined) return this.#waits();
      const dueAt = await this.#hold(first, firedAt);
      if (dueAt === null || !await this.#attempt(first, dueAt)) return;
    }
  }

  /** What is before it may be another node's, of whose attempts nothing is heard here. */
  #waits(): void {
    if (this.#env.store.ownership) this.#later();
  }

  /**
   * When the callback's timer is due from now on; null: another node has acted on it. Of several nodes
   * all may find what one that is gone has left, and one alone may send it.
   */
  async #hold(row: CallbackRow, dueAt: number): Promise<number | null> {
    const { store, clock, journal } = this.#env;
    if (!store.ownership) return dueAt;
    const heldTo = clock.now() + HELD_MS;
    const handOver: HandOver = { ...emptyHandOver(), claims: [{ key: callbackKey(row), dueAt }] };
    waitUntil(handOver, { ...row, dueAt: heldTo });
    if (await commitClaimed(journal, handOver)) return heldTo;
    this.#due.delete(callbackKey(row));
    this.#later();
    return null;
  }

  /** A timer that is nobody's is taken away. */
  async #drop(key: string): Promise<void> {
    const dueAt = this.#due.get(key);
    if (dueAt === undefined) return;
    await commitClaimed(this.#env.journal, { ...emptyHandOver(), claims: [{ key, dueAt }] });
    this.#due.delete(key);
  }

  /** Whether the next one may follow. */
  async #attempt(row: CallbackRow, dueAt: number): Promise<boolean> {
    const key = callbackKey(row);
    const { clock, journal } = this.#env;
    const began = clock.now();
    const outcome = await this.#send(row);
    if (this.#aborted.signal.aborted && outcome.kind !== "taken") return false;
    const handOver: HandOver = { ...emptyHandOver(), claims: [{ key, dueAt }] };
    const isOver = await this.#settle(handOver, row, { outcome, began });
    // Somebody else may have acted on it: what is stored says how it stands.
    await commitClaimed(journal, handOver);
    this.#due.delete(key);
    return isOver;
  }

  /** What is stored of an attempt. Returns whether it was the last. */
  async #settle(
    handOver: HandOver,
    row: CallbackRow,
    { outcome, began }: { outcome: Outcome; began: number },
  ): Promise<boolean> {
    const { clock } = this.#env;
    const key = callbackKey(row);
    const { runNo, seq } = row;
    if (outcome.kind === "put off") {
      waitUntil(handOver, { ...row, dueAt: clock.now() + delayAfter(key, PUT_OFF) });
      return false;
    }
    if (outcome.kind === "taken") {
      handOver.calling = { rows: [], removed: [{ runNo, seq }] };
      return true;
    }
    const next: CallbackRow = {
      ...row,
      attempts: row.attempts + 1,
      firstTriedAt: row.firstTriedAt ?? began,
      lastTriedAt: began,
      lastError: cut(outcome.reason, MOST_SAID),
    };
    const dueIn = delayAfter(idOf(row), next.attempts, outcome.retryAfterMs);
    const isLate = clock.now() + dueIn - next.firstTriedAt! > GIVE_UP_MS;
    this.#tell(next, outcome.reason, outcome.final || isLate);
    if (outcome.final || isLate) {
      // Without its run nobody would ever take it away.
      if (await this.#hasLog(runNo)) {
        handOver.calling = { rows: [{ ...next, givenUpAt: clock.now() }], removed: [] };
        handOver.timers.push(givenUpTimer(next, clock.now()));
      } else handOver.calling = { rows: [], removed: [{ runNo, seq }] };
      return true;
    }
    waitUntil(handOver, { ...next, dueAt: clock.now() + dueIn });
    return false;
  }

  /**
   * Has it sent now, although its next attempt would be later, or it was given up: then as if for the
   * first time. CONFLICT while others of its run are before it, or when it has just been sent.
   */
  again({ runNo, seq }: Pick<CallbackRow, "runNo" | "seq">): Promise<StoredCallback> {
    return this.#lock.run(String(runNo), async () => {
      const { store, clock, journal } = this.#env;
      const found = await store.callback(runNo, seq);
      if (found === null) throw new OpcodeError("CONFLICT", "it was taken just now");
      if (found.isBehind) {
        throw new OpcodeError(
          "CONFLICT",
          "it waits for others of its run, which are sent before it: the first can be sent now",
        );
      }
      const { isBehind: _, ...row } = found;
      const isNew = row.givenUpAt !== null;
      const next: CallbackRow = {
        ...row,
        ...(isNew && { attempts: 0, firstTriedAt: null, givenUpAt: null }),
        dueAt: clock.now(),
      };
      const handOver = emptyHandOver();
      if (!isNew) handOver.claims.push({ key: callbackKey(row), dueAt: row.dueAt });
      waitUntil(handOver, next);
      if (await commitClaimed(journal, handOver)) return { ...next, isBehind: false };
      throw new OpcodeError("CONFLICT", "somebody else has acted on it just now: look again");
    });
  }

  /** Whether the run is still there, and its log. */
  async #hasLog(runNo: number): Promise<boolean> {
    const run = await this.#env.store.runByNo(runNo);
    return run !== null && removedAt(run) === undefined;
  }

  /** The first failure of each callback is told, and its end. */
  #tell(row: CallbackRow, error: string, isGivenUp: boolean): void {
    if (row.attempts > 1 && !isGivenUp) return;
    const { log } = this.#env;
    const fields = {
      callback: idOf(row),
      event: row.event,
      // The rest of the URL may be known to its owner alone.
      host: hostOf(row),
      attempts: row.attempts,
      error,
    };
    if (isGivenUp) log.error("a callback was given up", fields);
    else log.warn("a callback was not taken, trying again for a day", fields);
  }

  async #send(row: CallbackRow): Promise<Outcome> {
    try {
      const reply = await this.#hosts.pass(hostOf(row), () => this.#sendNow(row));
      if (reply === null) return { kind: "put off" };
      const { status, retryAfterMs = 0 } = reply;
      if (status >= 200 && status < 300) return { kind: "taken" };
      const reason = `it was answered with ${status}`;
      return { kind: "failed", reason, final: status === GONE, retryAfterMs };
    } catch (thrown) {
      const reason = errorText(toErrorObject(thrown));
      return { kind: "failed", reason, final: false, retryAfterMs: 0 };
    }
  }

  /** Null when it is not sure that it is still this node's to send. */
  async #sendNow(row: CallbackRow): Promise<PostReply | null> {
    const { store, secrets, clock, access, registry, links } = this.#env;
    const refused = access.refusesAction(row.agentId, LIKE_ACTION);
    if (refused) throw refused;
    const barred = registry.get(LIKE_ACTION)?.refused;
    if (barred) {
      throw new OpcodeError("PERMISSION_DENIED", `${LIKE_ACTION} is refused: ${barred.reason}`);
    }
    await secrets.seek?.(row.secret);
    const secret = secrets.resolve(row.secret);
    const message = await messageOf(store, row, { secret, now: clock.now(), links });
    const { signal } = this.#aborted;
    if (store.ownership?.sure()) return null;
    return await this.#post({ url: row.url, ...message, timeoutMs: TIMEOUT_MS, signal });
  }
}

function waitUntil(handOver: HandOver, row: CallbackRow): void {
  handOver.calling = { rows: [row], removed: [] };
  handOver.timers.push(callbackTimer(row));
}

/** With its port: another port is another server. */
export function hostOf({ url }: Pick<CallbackRow, "url">): string {
  return URL.parse(url)?.host ?? "";
}
