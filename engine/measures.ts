// What an engine measures of itself: steps, commits, and what waits.

import type { Counters, Histogram, Metrics } from "../core/metrics.ts";
import { RUN_STATUSES, type RunStatus } from "../core/status.ts";
import type { SlotPool } from "./calls/slots.ts";
import type { Journal } from "./journal/journal.ts";
import type { Store } from "./store/store.ts";

/** Upper ends of ranges, s: a step may take a millisecond or an hour. */
const STEP_SECONDS = [0.001, 0.005, 0.025, 0.1, 0.5, 1, 5, 30, 120, 600, 3_600];
const COMMIT_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5];
const BATCH_SIZES = [1, 2, 5, 10, 25, 50, 100, 250, 1_000];

export class Measures {
  readonly #steps: (action: string) => Histogram;
  readonly #failed: Counters;
  readonly #commits: Histogram;
  readonly #batches: Histogram;

  readonly #metrics: Metrics;

  /** `actions`: all that there are; of others there is one series together. */
  constructor(metrics: Metrics, actions: readonly { name: string }[]) {
    this.#metrics = metrics;
    const of = { label: "action", values: actions.map(({ name }) => name) };
    this.#steps = metrics.histograms({
      name: "opcode_step_duration_seconds",
      help: "From the start of an action's step to its end, with waits for a slot and retries.",
      ...of,
    }, STEP_SECONDS);
    this.#failed = metrics.counters({
      name: "opcode_steps_failed_total",
      help: "Steps of an action that have failed for good, whatever stood in for them.",
      ...of,
    });
    this.#commits = metrics.histogram({
      name: "opcode_commit_duration_seconds",
      help: "From the moment that a batch is given to the store until it is durable.",
    }, COMMIT_SECONDS);
    this.#batches = metrics.histogram({
      name: "opcode_commit_batch_size",
      help: "Hand-overs that were committed together.",
    }, BATCH_SIZES);
  }

  /** `ms`: null of a step that never began. */
  stepEnded(action: string, status: "completed" | "failed" | "skipped", ms: number | null): void {
    if (ms === null || status === "skipped") return;
    this.#steps(action).observe(ms / 1_000);
    if (status === "failed") this.#failed.add(action);
  }

  /** Also tells what is read when somebody asks: what waits, and how many runs there are. */
  tellOf(parts: { journal: Journal; slots: SlotPool; store: Store }): void {
    tellOf(this.#metrics, parts);
  }

  committed(ms: number, handOvers: number): void {
    this.#commits.observe(ms / 1_000);
    this.#batches.observe(handOvers);
  }
}

function tellOf(
  metrics: Metrics,
  { journal, slots, store }: { journal: Journal; slots: SlotPool; store: Store },
): void {
  metrics.readings({
    name: "opcode_runs",
    help: "Runs that there are, by status.",
    label: "status",
    values: RUN_STATUSES,
  }, () => tallies(store));
  metrics.reading({
    name: "opcode_pending_decisions",
    help: "Questions that wait for an answer.",
  }, async () => (await store.counts({ minutes: [], days: [] })).tallies.decisions);
  metrics.reading({
    name: "opcode_commit_queue_bytes",
    help: "Roughly the bytes that are not committed yet.",
  }, () => journal.bytes);
  metrics.reading({
    name: "opcode_commits_failing",
    help: "1 while the store refuses whole commits, which are tried again.",
  }, () => (journal.healthy ? 0 : 1));
  metrics.reading({
    name: "opcode_pool_running",
    help: "External actions that run.",
  }, () => slots.running);
  metrics.reading({
    name: "opcode_pool_waiting",
    help: "External actions that wait for one that runs to end.",
  }, () => slots.waiting);
  metrics.reading({
    name: "opcode_pool_size",
    help: "External actions that may run at once, but for agents that have less than their share.",
  }, () => slots.size);
}

async function tallies(store: Store): Promise<Readonly<Record<RunStatus, number>>> {
  const { decisions: _, ...runs } = (await store.counts({ minutes: [], days: [] })).tallies;
  return runs;
}
