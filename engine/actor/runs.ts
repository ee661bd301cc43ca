// Which runs are in memory, and how one gets there: created, or loaded from its rows once.

import { OpcodeError } from "../../core/errors.ts";
import { FairGate } from "../../core/fair-gate.ts";
import { refuseRemoved } from "../state/removed.ts";
import { RunSecrets } from "../secrecy/run-secrets.ts";
import { Actor, type ActorEnv } from "./actor.ts";
import type { Input } from "./inputs.ts";
import { poison } from "./poison.ts";
import { Resting } from "./resting.ts";
import { MOST_DEATHS } from "./suspects.ts";
import { readKept } from "../signals/kept-signals.ts";
import { readItems, restoreRun } from "../recovery/restore.ts";
import { NO_OUTPUTS, type RunRow } from "../store/store.ts";
import type { RunState } from "../state/state.ts";
import type { Watcher } from "./watcher.ts";

/** Runs that are read at a time: what is asked of the store meanwhile waits for no more. */
const MOST_LOADS = 16;
const FIRST_BACKOFF_MS = 1_000;
const LAST_BACKOFF_MS = 60_000;

export class Runs {
  readonly #env: ActorEnv;
  readonly #actors = new Map<string, Actor>();
  readonly #byNumber = new Map<number, Actor>();
  readonly #gate = new FairGate(MOST_LOADS);
  readonly #loading = new Map<string, Promise<Actor | null>>();
  /** Loaded runs whose first turn is not stored yet. */
  readonly #recovering = new Map<string, Promise<void>>();
  /** How often in a row each run lost a hand-over, or could not be read, and had to wait. */
  readonly #losses = new Map<string, number>();
  /** Who waits for a run whose actor was lost and that has not been read again. */
  readonly #orphans = new Map<string, Watcher[]>();
  /** Runs that left memory because a hand-over of theirs was not committed. */
  readonly #lost = new Set<string>();
  #stopping = false;
  /** Whether every run that an earlier process left under way is in memory. */
  recovered = false;

  readonly resting: Resting;

  constructor(env: ActorEnv) {
    this.#env = env;
    this.resting = new Resting(env.clock, env.budgets.limits.totalBytes);
  }

  get stopping(): boolean {
    return this.#stopping;
  }

  /** How many runs are in memory. */
  get size(): number {
    return this.#actors.size;
  }

  all(): Iterable<Actor> {
    return this.#actors.values();
  }

  /** The run's actor if it is in memory. */
  find(id: string): Actor | undefined {
    return this.#actors.get(id);
  }

  /** The same by its number. */
  actorOf(runNo: number): Actor | undefined {
    return this.#byNumber.get(runNo);
  }

  /** Whose the run is; null when it is not in memory. */
  ownerOf(runNo: number): { runId: string; agentId: string } | null {
    const row = this.#byNumber.get(runNo)?.run.row;
    return row ? { runId: row.id, agentId: row.agentId } : null;
  }

  /** What live events call the run; undefined when it is not in memory. */
  namesOf(runNo: number): Pick<RunRow, "id" | "templateName" | "agentId"> | undefined {
    return this.#byNumber.get(runNo)?.run.row;
  }

  #add(actor: Actor): void {
    const { id, runNo } = actor.run.row;
    this.#actors.set(id, actor);
    this.#byNumber.set(runNo, actor);
    const orphans = this.#orphans.get(id);
    if (!orphans) return;
    this.#orphans.delete(id);
    for (const watcher of orphans) actor.join(watcher);
  }

  /** Gives a watcher of what is stored to the run's next actor; there is none when all stops. */
  #hand(id: string, watcher: Watcher): void {
    if (this.#stopping) return watcher.left();
    watcher.follows(() => {
      const left = this.#orphans.get(id)?.filter((each) => each !== watcher) ?? [];
      if (left.length > 0) this.#orphans.set(id, left);
      else this.#orphans.delete(id);
    });
    this.#orphans.set(id, [...this.#orphans.get(id) ?? [], watcher]);
  }

  /** Loads nothing more: what is not in memory waits for the next start. */
  close(): void {
    this.#stopping = true;
    this.resting.close();
    for (const watchers of this.#orphans.values()) {
      for (const watcher of watchers) watcher.left();
    }
    this.#orphans.clear();
  }

  /** Whoever still waits for a run waits in vain; `error` is for those whose run is not stored. */
  dismiss(error: OpcodeError): void {
    for (const actor of this.#actors.values()) actor.dismiss(error);
    for (const watcher of [...this.#orphans.values()].flat()) watcher.left();
    this.#orphans.clear();
  }

  /** Brings a new run to life; its row is written by its first turn. */
  create(run: RunState): Actor {
    const actor = new Actor(this.#env, run, { exists: false, reason: "" });
    this.#add(actor);
    return actor;
  }

  /**
   * The run's actor, loaded if needed; null when there is no such run. Concurrent loads share; those
   * of many runs take turns by `agent`, a few at a time. One that is poisoned is loaded, too, unless
   * nobody here knew of it before: `HeldBack`.
   */
  load(id: string, agent = ""): Promise<Actor | null> {
    const actor = this.#actors.get(id);
    if (actor) return Promise.resolve(actor);
    let loading = this.#loading.get(id);
    if (!loading) {
      const party = { agent, run: id };
      loading = this.#gate.pass(party, () => this.#claimed(id))
        .finally(() => this.#loading.delete(id));
      this.#loading.set(id, loading);
    }
    return loading;
  }

  /** Reads a run that is ours by now; of what processes died of before, with care. */
  async #claimed(id: string): Promise<Actor | null> {
    if (this.#stopping) throw stopping();
    const { store, suspects } = this.#env;
    const claim = await store.ownership?.claim(id);
    if (claim?.is === "elsewhere") throw new Elsewhere();
    if (claim) suspects.learn(claim.suspects);
    const suspect = suspects.find(id);
    if (suspect === undefined) return await this.#read(id);
    const isKnown = suspects.isPoisoned(id);
    if (!isKnown && suspect.deaths >= MOST_DEATHS && await poison(this.#env, suspect)) {
      throw new HeldBack();
    }
    return await suspects.loading(suspect.runNo, () => this.#read(id));
  }

  /** A poisoned one without any output: each is read when a step asks for it. */
  async #read(id: string): Promise<Actor | null> {
    const { store, plan, secrets, residence, suspects } = this.#env;
    const record = await store.readRun(id, {
      events: 0,
      seals: true,
      outputs: suspects.isPoisoned(id) ? NO_OUTPUTS : residence.loaded,
    });
    if (!record) return null;
    refuseRemoved(record.run);
    const compiled = await plan(record.run.templateName, record.run.templateVersion);
    const items = await readItems(store, record);
    const kept = await readKept(store, record);
    const known = new RunSecrets(secrets, { runId: id, seals: record.seals });
    await known.prepare();
    const run = restoreRun(record, { plan: compiled, items, kept, secrets: known });
    const actor = new Actor(this.#env, run, {
      exists: true,
      reason: this.#lost.delete(id) ? "store_error" : "process_restart",
    });
    this.#add(actor);
    const { status } = record.run;
    if (status === "pending" || status === "active") {
      const committed = Promise.withResolvers<void>();
      this.#recovering.set(id, committed.promise);
      actor.post({
        kind: "start",
        committed: () => {
          this.#recovering.delete(id);
          committed.resolve();
        },
      });
    }
    return actor;
  }

  /** Loads a run after a restart, or sets it aside; resolves once what became of it is stored. */
  async recover(id: string): Promise<void> {
    await this.load(id).catch((thrown) => {
      if (!(thrown instanceof HeldBack)) throw thrown;
    });
    await this.#recovering.get(id);
  }

  /** Loads a run so that it goes on by itself. */
  wake(id: string, agent?: string): void {
    if (this.#env.suspects.isPoisoned(id)) return;
    this.load(id, agent).then((actor) => actor?.rest(), (thrown) => {
      // Nobody else would ask for it again.
      if (isPassing(thrown)) this.#later(id, () => this.wake(id, agent));
      this.#failed(id, thrown);
    });
  }

  /**
   * Gives a run an input, wherever it is. `elsewhere`: told when another node has the run, which knows
   * by its rows of all but signals; a signal is refused.
   */
  post(id: string, input: Input, agent?: string, elsewhere?: () => void): void {
    // Its timers stay as rows, and fire when it may go on.
    if (this.#env.suspects.isPoisoned(id) && !reachesPoisoned(input)) return;
    this.load(id, agent).then((actor) => actor?.post(input), (thrown) => {
      if (thrown instanceof HeldBack && !reachesPoisoned(input)) return;
      if (thrown instanceof Elsewhere && input.kind !== "signal") return elsewhere?.();
      if (input.kind === "signal") {
        const unreadable = new OpcodeError("STORE_ERROR", "the workflow cannot be read");
        input.reply.refused(thrown instanceof OpcodeError ? thrown : unreadable);
      } else this.#later(id, () => this.post(id, input, agent, elsewhere));
      this.#failed(id, thrown);
    });
  }

  /** Gives a run an input at once if it is in memory, or about to be; otherwise not at all. */
  tell(id: string, input: Input): void {
    const actor = this.#actors.get(id);
    if (actor) return actor.post(input);
    this.#loading.get(id)?.then((loaded) => loaded?.post(input), () => {});
  }

  #failed(id: string, thrown: unknown): void {
    const isKnown = thrown instanceof HeldBack || thrown instanceof Elsewhere;
    if (this.#stopping || isKnown) return;
    this.#env.log.error("loading a run failed", { workflow_id: id, error: String(thrown) });
  }

  unload(actor: Actor): void {
    const { id, runNo } = actor.run.row;
    actor.gone = true;
    this.resting.forget(actor);
    this.#env.budgets.dismiss(actor.run.share);
    if (this.#actors.get(id) !== actor) return;
    this.#actors.delete(id);
    this.#byNumber.delete(runNo);
    this.#env.suspects.left(runNo);
  }

  /**
   * An actor was lost with a turn: its successor starts from the rows, with what the lost one had
   * not applied and those who wait for it. `byBug`: the same turn may fail again at once.
   */
  lost(actor: Actor, left: { inputs: Input[]; watchers: Watcher[]; byBug: boolean }): void {
    const { id } = actor.run.row;
    if (this.#actors.get(id) !== actor) return;
    this.unload(actor);
    this.#lost.add(id);
    const { inputs, watchers, byBug } = left;
    for (const watcher of watchers) this.#hand(id, watcher);
    const successor = () => {
      if (this.#stopping) return;
      this.#env.refire(actor.run.row.runNo);
      for (const input of inputs) if (input.kind === "child") this.post(id, input);
      // What the lost actor believed says nothing: only the rows tell whether the run goes on.
      this.wake(id);
    };
    for (const input of inputs) if (input.kind === "signal") this.post(id, input);
    if (byBug || this.#losses.has(id)) return this.#later(id, successor);
    this.#losses.set(id, 0);
    successor();
  }

  /** What the store refuses twice it may refuse for ever: each further try comes later. */
  #later(id: string, act: () => void): void {
    const losses = this.#losses.get(id) ?? 0;
    this.#losses.set(id, losses + 1);
    const delayMs = Math.min(FIRST_BACKOFF_MS * 2 ** losses, LAST_BACKOFF_MS);
    this.#env.clock.after(delayMs, () => this.#stopping || act());
  }

  /** A hand-over of the run was committed. */
  kept(id: string): void {
    if (this.#losses.size > 0) this.#losses.delete(id);
  }

  /** An input for an actor that is gone: only what is not about its lost state still counts. */
  forward(id: string, input: Input): void {
    if (input.kind === "signal" || input.kind === "timer" || input.kind === "child") {
      this.post(id, input);
    }
  }
}

/** What a poisoned run is loaded for: by somebody who asks for it, or to be ended. */
function reachesPoisoned(input: Input): boolean {
  return input.kind === "signal" || (input.kind === "timer" && input.key === "cancel");
}

/** Another node has the run: what is to be done with it is for that one. */
export class Elsewhere extends OpcodeError {
  constructor() {
    super("BUSY", "another node is at work on the workflow", {
      details: { retry_after_ms: 1_000 },
    });
  }
}

/** Whether another try may come to something else, and nobody else has the run. */
export function isPassing(thrown: unknown): boolean {
  return thrown instanceof OpcodeError && !(thrown instanceof Elsewhere) &&
    (thrown.code === "BUSY" || thrown.code === "STORE_ERROR");
}

/** Processes died of the run, and it is poisoned by now: who asks for it all the same may load it. */
export class HeldBack extends OpcodeError {
  constructor() {
    super("CONFLICT", "the workflow is poisoned: retry lets it try again, cancel ends it");
  }
}

function stopping(): OpcodeError {
  return new OpcodeError("BUSY", "the daemon is stopping");
}
