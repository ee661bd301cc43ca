// What of ended runs goes, and what a store must do to take it away: in small pieces, each by itself a whole.

import { isTerminal } from "../../core/status.ts";
import type { RunRow } from "./rows.ts";

/** Until when what has ended stays; null: for ever. Times are epoch ms. */
export interface Expiry {
  /** Runs that ended before go. */
  endedBefore: number | null;
  /** Of runs that ended before the row stays alone. */
  textsBefore: number | null;
  /** Runs with smaller numbers go, because there are so many newer ones. */
  belowRunNo: number | null;
  /** Idempotency keys of runs that ended since then are still taken, whatever becomes of the run. */
  keysSince: number;
}

/** What `marks` of a run say whose texts are being removed (`removing`), or are gone: since when. */
export interface RemovalMarks {
  removing?: number;
  removed?: number;
}

/** Since when the texts of a run are gone or going, epoch ms; undefined while they are there. */
export function goneSince({ removed, removing }: RemovalMarks): number | undefined {
  return removed ?? removing;
}

/** What decides of a run whether it goes. */
export type RunAge =
  & Pick<RunRow, "runNo" | "status" | "completedAt" | "updatedAt" | "parentRunNo">
  & { removal: RemovalMarks };

/** A run of which something goes. */
export interface Expired {
  runNo: number;
  /** As it was found: one that has gone on since stays. */
  lastSeq: number;
  /** Its texts alone (events, steps, params, output, context, decisions), or the row with them. */
  goes: "texts" | "whole";
}

export interface ExpiredSlice {
  /** By number. */
  runs: Expired[];
  /** The number after which to go on looking; null at the end. */
  next: number | null;
}

/** What one call has taken away. */
export interface Removal {
  /** How many of the given runs it is through with, from the first on; the rest is for the next. */
  through: number;
  /** Runs whose rows are gone. */
  whole: number;
  /** Runs whose texts are gone and whose rows stay: whatever refers to them still finds them. */
  texts: number;
  events: number;
  /** Contents that nobody refers to any more. */
  contents: number;
  /** How long it has held the writer, ms. */
  heldMs: number;
}

export const NOTHING_REMOVED: Removal = {
  through: 0,
  whole: 0,
  texts: 0,
  events: 0,
  contents: 0,
  heldMs: 0,
};

/** Which of the fires of each schedule stay. */
export interface FiresKept {
  /** Those that were written since then, epoch ms, */
  since: number;
  /** but no more than so many of the newest times, */
  most: number;
  /** and so many of them in any case, as long as the schedule is there. */
  least: number;
}

export interface FiresGone {
  fires: number;
  heldMs: number;
  /** The schedule after which to go on; null at the end. */
  next: string | null;
}

/** Free pages of a file, of all that it has. */
export interface FreeSpace {
  free: number;
  pages: number;
  /** Given back to the file system by this call. */
  returned: number;
  heldMs: number;
}

export interface RetentionStore {
  /**
   * The number of the last of the `count` newest ended runs before `before` (null: of all), and how
   * many there are up to it; `runNo` is null when there are none.
   */
  endedBack(before: number | null, count: number): Promise<{ runNo: number | null; count: number }>;
  /** The expired of the ended runs after this number: a bounded number is looked at. */
  expiredRuns(expiry: Expiry, after: number): Promise<ExpiredSlice>;
  /** By number, runs whose removal has begun and was not ended. */
  halfRemoved(limit: number): Promise<Expired[]>;
  /** Does what calls the methods below, many times: what they write keeps no commit of others waiting. */
  removing<T>(work: () => Promise<T>): Promise<T>;
  /**
   * Removes what it can in about so many ms, whatever is larger in several calls: each is one
   * transaction. Runs that are not as they were found are passed over, and so are those of the
   * newest number and event: no number comes twice. A loss of power may undo it, never in part.
   */
  removeRuns(
    runs: readonly Expired[],
    options: { at: number; keysSince: number; budgetMs: number },
  ): Promise<Removal>;
  /**
   * Removes what of the schedules' times stays no longer, from the first schedule behind `after` on,
   * in about so many ms.
   */
  removeFires(
    kept: FiresKept,
    options: { after: string; budgetMs: number },
  ): Promise<FiresGone>;
  /** Gives free space back to the file system for about so many ms; a part stays for what comes. */
  returnSpace(budgetMs: number): Promise<FreeSpace>;
}

/** Whether something of the run goes; its parent is not asked. */
export function expiryOf(run: RunAge, expiry: Expiry): Expired["goes"] | null {
  if (!isTerminal(run.status)) return null;
  const ended = run.completedAt ?? run.updatedAt;
  const { endedBefore, textsBefore, belowRunNo } = expiry;
  if (endedBefore !== null && ended < endedBefore) return "whole";
  if (belowRunNo !== null && run.runNo < belowRunNo) return "whole";
  const isLeft = run.removal.removed === undefined;
  return textsBefore !== null && ended < textsBefore && isLeft ? "texts" : null;
}

/** The same, but that a run stays as it is as long as one of those does that led to it. */
export function familyExpiryOf(
  run: RunAge,
  expiry: Expiry,
  byNo: (runNo: number) => RunAge | null,
): Expired["goes"] | null {
  const goes = expiryOf(run, expiry);
  if (goes === null || run.parentRunNo === null) return goes;
  const parent = byNo(run.parentRunNo);
  if (parent === null) return goes;
  const parentGoes = familyExpiryOf(parent, expiry, byNo);
  if (parentGoes === "whole") return goes;
  const isGone = goneSince(parent.removal) !== undefined;
  if (parentGoes === null && !isGone) return null;
  return run.removal.removed === undefined ? "texts" : null;
}
