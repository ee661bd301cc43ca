// What the main thread and the store's threads say to each other.

import type { HandOver, HandOverResult, Suspect } from "../store.ts";
import type { Expired, FiresGone, FiresKept, FreeSpace, Removal } from "../retention-store.ts";
import type { Rekey, SecretRow, VaultMeta } from "../vault-store.ts";
import type { CopyFacts } from "../backup-store.ts";
import type { Durability } from "../place.ts";
import type { FlatBatch } from "../sql/flatten.ts";

/** What a thread is started with. */
export interface ThreadData {
  role: "writer" | "reader" | "copier";
  path: string;
  durability: Durability;
  /** Of the writer: shared memory that tells which run's turn it is, see store/store. */
  turns?: SharedArrayBuffer;
}

/** What the writer found in the file when it opened it. */
export interface Opened {
  lastEventId: number;
  lastRunNo: number;
}

export interface Calls {
  /** Writes the whole batch; false, with nothing written, when it cannot be taken as a whole. */
  commitWhole: { args: [FlatBatch]; result: boolean };
  /**
   * Writes each hand-over by itself in one transaction; what does not fit is left out. The ids of
   * the events of the others follow on each other, and are for the caller to tell.
   */
  commitEach: { args: [HandOver[], firstEventId: number]; result: HandOverResult[] };
  createVault: { args: [VaultMeta]; result: boolean };
  putSecret: { args: [SecretRow]; result: null };
  deleteSecret: { args: [name: string]; result: null };
  rekey: { args: [Rekey]; result: string | null };
  countDeaths: { args: []; result: Suspect[] };
  suspect: { args: [runNo: number, doing: string | null]; result: null };
  condemn: { args: [runNo: number, deaths: number]; result: null };
  trust: { args: [runNo: number]; result: null };
  removeRuns: {
    args: [readonly Expired[], { at: number; keysSince: number; budgetMs: number }];
    result: Removal;
  };
  removeFires: {
    args: [FiresKept, { after: string; budgetMs: number }];
    result: FiresGone;
  };
  returnSpace: { args: [budgetMs: number]; result: FreeSpace };
  /** Whether the writer moves the log into the database by itself. */
  checkpoints: { args: [on: boolean]; result: null };
  /** Of a copier: writes the database into the file, which is empty. */
  copy: { args: [file: string]; result: CopyFacts };
  /** Moves the log into the database as far as it can; of how many pages in it how many are there. */
  moveLog: { args: []; result: { pages: number; moved: number } };
  /** Runs one of the named reads. */
  read: { args: [name: string, args: unknown[]]; result: unknown };
  /** CPU time of the thread so far, in microseconds. */
  cpu: { args: []; result: { user: number; system: number } };
  /** Null, or why the log could not be moved into the database; it is closed either way. */
  close: { args: []; result: string | null };
}

export type Request = {
  [Name in keyof Calls]: { id: number; call: Name; args: Calls[Name]["args"] };
}[keyof Calls];

export type Answer =
  | { kind: "opened"; opened: Opened }
  /** It could not be opened, in words for people; the thread ends. */
  | { kind: "unopened"; message: string }
  /** Something is wrong with the files, whatever is asked of them. */
  | { kind: "fault"; fault: string }
  | { kind: "result"; id: number; value: unknown }
  /** `fault`: why the files are not to be trusted any more, when the error says so. */
  | { kind: "error"; id: number; message: string; fault: string | null };
