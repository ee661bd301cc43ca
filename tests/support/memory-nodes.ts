// What the in-memory store keeps of several nodes: whose rows there are, whose the trees of runs are, and their messages.

import { OpcodeError } from "../../core/errors.ts";
import type { Message, MessageAnswer, RunRow } from "../../engine/store/store.ts";

/** How long a node counts as alive that was not heard of, ms: as on a server. */
export const LEASE_MS = 10_000;

export interface NodeRow {
  /** Stays with the instance while its row stands. */
  no: number;
  instance: string;
  /** Of one process: another comes with each start. */
  incarnation: number;
  epoch: number;
  /** By the server's clock. */
  leaseUntil: number;
}

/** By what a commit says whose it is. */
export type NodeFence = Readonly<Pick<NodeRow, "no" | "incarnation" | "epoch">>;

/** What is wrong with the server; by default nothing. */
export interface NodeFaults {
  /** A commit of an earlier process or connection of a node is taken for one of the node as it is. */
  noEpoch?: boolean;
  /** A lease is renewed by the clock of the node. */
  nodeClock?: boolean;
  /** Told when that makes a difference. */
  struck?(): void;
}

/** The runs that are stored. */
interface StoredRuns {
  readonly runs: ReadonlyMap<number, Pick<RunRow, "parentRunNo">>;
  readonly runNos: ReadonlyMap<string, number>;
}

interface Kept {
  runId: string;
  request: string;
  answer: string | null;
}

export class MemoryNodes {
  readonly rows = new Map<number, NodeRow>();
  readonly faults: NodeFaults;
  /** By number of the first run of a tree, the node that has it, be that alive or not. */
  readonly #owners = new Map<number, number>();
  /** By key of a timer without a run, the node that has set it. */
  readonly #timersOf = new Map<string, number>();
  /** In the order in which they came. */
  readonly #inbox = new Map<string, Kept>();
  /** Told who was dead when somebody looked, and who was not. */
  onLook: (removed: readonly NodeRow[], left: readonly NodeRow[]) => void = () => {};
  readonly #state: StoredRuns;
  readonly #now: () => number;
  #lastNo = 0;
  #lastIncarnation = 0;

  /** `now`: the server's clock. */
  constructor(state: StoredRuns, now: () => number, faults: NodeFaults = {}) {
    this.#state = state;
    this.#now = now;
    this.faults = faults;
  }

  /** The last number that a node was given. */
  get newest(): number {
    return this.#lastNo;
  }

  /** Adds the row of an instance, or takes the one that its last process has left. */
  register(instance: string, clock: () => number): NodeFence {
    const left = [...this.rows.values()].find((row) => row.instance === instance);
    const row: NodeRow = {
      no: left?.no ?? ++this.#lastNo,
      instance,
      incarnation: ++this.#lastIncarnation,
      epoch: (left?.epoch ?? 0) + 1,
      leaseUntil: this.#leaseFrom(clock),
    };
    this.rows.set(row.no, row);
    return fenceOf(row);
  }

  /** False when the row is gone. `clock`: the node's. */
  renew({ no, incarnation }: NodeFence, clock: () => number): boolean {
    const row = this.rows.get(no);
    if (row?.incarnation !== incarnation) return false;
    row.leaseUntil = this.#leaseFrom(clock);
    return true;
  }

  #leaseFrom(clock: () => number): number {
    const now = this.#now();
    if (!this.faults.nodeClock) return now + LEASE_MS;
    if (clock() !== now) this.faults.struck?.();
    return clock() + LEASE_MS;
  }

  /** The next connection of the node: what comes over an earlier one is not its any more. Null when the row is gone. */
  settle({ no, incarnation }: NodeFence): NodeFence | null {
    const row = this.rows.get(no);
    if (row?.incarnation !== incarnation) return null;
    row.epoch++;
    return fenceOf(row);
  }

  leave({ no, incarnation }: NodeFence): void {
    if (this.rows.get(no)?.incarnation === incarnation) this.rows.delete(no);
  }

  /** Those whose time is over. A row stands, and may be renewed, until somebody looks. */
  removeDead(): void {
    const dead = [...this.rows.values()].filter(({ leaseUntil }) => leaseUntil < this.#now());
    for (const { no } of dead) this.rows.delete(no);
    this.onLook(dead, [...this.rows.values()]);
  }

  /** Throws what a commit of a node ends with whose row another has taken away. */
  hold({ no, epoch }: NodeFence): void {
    const row = this.rows.get(no);
    if (row?.epoch === epoch) return;
    if (row !== undefined && this.faults.noEpoch) return this.faults.struck?.();
    throw new OpcodeError(
      "STORE_ERROR",
      "another node has taken over from this one: nothing more of it is stored",
      { details: { retryable: false } },
    );
  }

  /** The first run of the tree. */
  rootOf(runNo: number): number {
    for (let root = runNo;;) {
      const parent = this.#state.runs.get(root)?.parentRunNo ?? null;
      if (parent === null) return root;
      root = parent;
    }
  }

  /** Whether nobody who is alive has the tree of this run. */
  isUnowned(runNo: number): boolean {
    const owner = this.#owners.get(this.rootOf(runNo));
    return owner === undefined || !this.rows.has(owner);
  }

  isOf(no: number, runNo: number): boolean {
    return this.#owners.get(this.rootOf(runNo)) === no;
  }

  /** A new tree is that of who has stored its first run. */
  created(no: number, runNo: number): void {
    if (this.rootOf(runNo) === runNo) this.#owners.set(runNo, no);
  }

  /** A node has set a timer without a run: as long as it is alive, it acts on it. */
  timerSet(no: number, key: string): void {
    this.#timersOf.set(key, no);
  }

  /** Whether no other node that is alive acts on the timer without a run. */
  isFreeTimer(no: number, key: string): boolean {
    const setBy = this.#timersOf.get(key);
    return setBy === undefined || setBy === no || !this.rows.has(setBy);
  }

  /** Whether no other node that is alive has the run. */
  isFree(no: number, runNo: number): boolean {
    return this.isOf(no, runNo) || this.isUnowned(runNo);
  }

  /** Whether this is the process that a node is by now. */
  isCurrent({ no, incarnation }: NodeFence): boolean {
    return this.rows.get(no)?.incarnation === incarnation;
  }

  /** Whether the tree is the node's now. A process that another has followed claims nothing in its name. */
  claim(fence: NodeFence, runNo: number): boolean {
    const { no } = fence;
    if (!this.isCurrent(fence)) return false;
    if (!this.isOf(no, runNo) && !this.isUnowned(runNo)) return false;
    this.#owners.set(this.rootOf(runNo), no);
    return true;
  }

  release(no: number, runNo: number): void {
    if (this.isOf(no, runNo)) this.#owners.delete(this.rootOf(runNo));
  }

  ask({ id, runId, request }: Message): void {
    if (this.#inbox.has(id) || !this.#state.runNos.has(runId)) return;
    this.#inbox.set(id, { runId, request, answer: null });
  }

  asked(no: number, limit: number): Message[] {
    return [...this.#inbox].filter(([, { runId, answer }]) => {
      const runNo = this.#state.runNos.get(runId)!;
      return answer === null && this.isFree(no, runNo);
    }).slice(0, limit).map(([id, { runId, request }]) => ({ id, runId, request }));
  }

  answer({ id, text }: MessageAnswer): void {
    const message = this.#inbox.get(id);
    if (message?.answer === null) Object.assign(message, { answer: text, request: "" });
  }

  answerTo(id: string): string | null {
    return this.#inbox.get(id)?.answer ?? null;
  }

  /** Whether the node may answer this with what it changes. */
  isOpen(no: number, id: string): boolean {
    const message = this.#inbox.get(id);
    return message?.answer === null && this.isOf(no, this.#state.runNos.get(message.runId)!);
  }
}

function fenceOf({ no, incarnation, epoch }: NodeRow): NodeFence {
  return { no, incarnation, epoch };
}
