// What is asked of the place where a store keeps its data, before it is opened and while others look.

import type { OpcodeError } from "../../core/errors.ts";
import type { BackupStore, RestorePlace } from "./backup-store.ts";
import type { KeyStore } from "./key-store.ts";
import type { Store } from "./store.ts";
import type { Transfer, TransferUse } from "./transfer.ts";
import type { VaultStore } from "./vault-store.ts";

/** `full`: a commit survives power loss. `normal`: a crash of the process only. */
export type Durability = "full" | "normal";

/** That one process at a time is at work on the data. */
export interface Lock {
  /** The file that is held. */
  path: string;
  /** Whether the file was not there before. */
  isNew: boolean;
  release(): void;
}

export interface OpenOptions {
  durability: Durability;
  /** Of this program, for those who look who is at work on the data. */
  version?: string;
  /** Told once when nothing can be stored any more: the process should end. */
  onFatal?: (error: OpcodeError) => void;
  /** Told once, in words for people, when the data turn out not to be trusted any more. */
  onFault?: (fault: string) => void;
}

/**
 * Opens the store and brings its tables to the newest layout; STORE_ERROR when it cannot. The caller
 * holds the lock.
 */
export type OpenStore = (
  options: OpenOptions,
) => Promise<Store & VaultStore & BackupStore & KeyStore>;

/** What was seen of where the data are, in words for people. */
export interface StoreFinding {
  is: "ok" | "warning" | "fault";
  text: string;
  /** What to do; of what is not ok. */
  remedy?: string;
}

/** Where the data of one store are. A kind of store is whoever makes one of these. */
export interface StorePlace {
  /** Whether it is the memory of this process, which keeps nothing and needs no lock. */
  readonly inMemory: boolean;
  /** Files without which the store cannot be used at all: nobody else may change them. */
  readonly needed: readonly string[];
  /** Those of them that had to be made. */
  readonly made: readonly string[];
  /** The directory that must exist before it is locked or opened; null when it needs none. */
  readonly directory: string | null;
  /** Takes it for this process; CONFLICT when another one has it. */
  lock(): Lock;
  /** The files that are or may come to be there. The directory must exist. */
  files(): string[];
  /** Bytes of the data and of the log of commits beside them; null where there are no files. */
  sizes(): Promise<{ data: number; log: number } | null>;
  /** Tells whether a file is one of them, whatever name or link led to it. */
  ownCheck(): (file: { dev: bigint; ino: bigint }) => boolean;
  /** Why its data are neither copied nor put back here, in words for people; null where they are. */
  readonly noCopies: string | null;
  /** How a backup is put there, in a directory that exists; null where `noCopies` says why not. */
  restoring(): RestorePlace | null;
  /**
   * Looks at a server, without changing anything on it, `now`, epoch ms; null where there is none. What
   * keeps it from being looked at is a finding, too.
   */
  examine(now: number): Promise<StoreFinding[] | null>;
  /**
   * Opens the data to look at or to move them; `version`: of this program. STORE_ERROR when they are not
   * to be used, CONFLICT when another process is at work on them. Whoever does more than look holds the
   * lock.
   */
  transfer(use: TransferUse, version: string): Promise<Transfer>;
  /** Loads what opens it, which takes a moment of its own. */
  opener(): Promise<OpenStore>;
}
