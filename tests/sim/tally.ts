// What many seeds come to: which failed, and how often each thing happened in them.

import { COMMIT_KINDS } from "./world/commit-kinds.ts";
import { NEEDED } from "./world/coverage.ts";
import type { SeedReport } from "./simulate.ts";

/** Each needed thing must happen in at least this share of the seeds. */
export const LEAST_SHARE = 0.05;

export interface Tally {
  seeds: number;
  runs: number;
  restarts: number;
  failed: { seed: number; faults: string[] }[];
  /** In how many seeds each thing happened. */
  features: Record<string, number>;
  /** How many crashes there were right before and right after each kind of commit. */
  crashes: Record<string, { before: number; after: number }>;
}

export function emptyTally(): Tally {
  const crashes = Object.fromEntries(COMMIT_KINDS.map((kind) => [kind, { before: 0, after: 0 }]));
  const features = Object.fromEntries(NEEDED.map((name) => [name, 0]));
  return { seeds: 0, runs: 0, restarts: 0, failed: [], features, crashes };
}

export function count(tally: Tally, report: SeedReport): void {
  tally.seeds++;
  tally.runs += report.runs;
  tally.restarts += report.restarts;
  if (report.faults.length > 0) tally.failed.push({ seed: report.seed, faults: report.faults });
  for (const name of report.features) tally.features[name] = (tally.features[name] ?? 0) + 1;
  for (const { kinds, when } of report.crashPoints) {
    for (const kind of kinds) tally.crashes[kind]![when]++;
  }
}

/** Adds what another process has counted. */
export function merge(tally: Tally, other: Tally): void {
  tally.seeds += other.seeds;
  tally.runs += other.runs;
  tally.restarts += other.restarts;
  tally.failed.push(...other.failed);
  for (const [name, times] of Object.entries(other.features)) {
    tally.features[name] = (tally.features[name] ?? 0) + times;
  }
  for (const [kind, { before, after }] of Object.entries(other.crashes)) {
    tally.crashes[kind]!.before += before;
    tally.crashes[kind]!.after += after;
  }
}

/** What happened too seldom for the seeds to prove anything. */
export function gaps({ seeds, features, crashes }: Tally): string[] {
  const rare = NEEDED.filter((name) => features[name]! < LEAST_SHARE * seeds)
    .map((name) => `${name} happens in ${share(features[name]!, seeds)} of the seeds`);
  const spared = COMMIT_KINDS.flatMap((kind) =>
    (["before", "after"] as const).filter((when) => crashes[kind]![when] === 0)
      .map((when) => `no crash right ${when} a commit of kind "${kind}"`)
  );
  return [...rare, ...spared];
}

/** The coverage as lines, rarest first. */
export function coverageLines({ seeds, features, crashes }: Tally): string[] {
  const happened = Object.entries(features).sort(([, a], [, b]) => a - b)
    .map(([name, times]) => `${share(times, seeds).padStart(7)} ${name}`);
  const total = ({ before, after }: { before: number; after: number }) => before + after;
  const struck = Object.entries(crashes).sort(([, a], [, b]) => total(a) - total(b))
    .map(([kind, { before, after }]) =>
      `${String(before).padStart(7)} before, ${String(after).padStart(6)} after: ${kind}`
    );
  return [
    "share of the seeds in which it happened:",
    ...happened,
    "crashes at commits:",
    ...struck,
  ];
}

function share(times: number, seeds: number): string {
  return `${(100 * times / seeds).toFixed(1)} %`;
}
