// What a store must do so that its data can be copied while it is at work, and be put back.

/** What a copy holds. */
export interface CopyFacts {
  /** The newest layout that its tables have. */
  layout: number;
  runs: number;
  /** Of the newest event. */
  lastEventId: number;
}

export interface BackupStore {
  /**
   * Writes all that was committed before it was called, as of one moment, into this file, which must
   * be there and empty. Others go on committing meanwhile. STORE_ERROR when it cannot be written.
   */
  backup(file: string): Promise<CopyFacts>;
}

/** How a copy comes back; whoever calls holds the lock of the place. */
export interface RestorePlace {
  /** Whether there are data that a restore would replace. */
  exists(): boolean;
  /** Where a copy is written before it is put in place: in the same file system. */
  readonly incoming: string;
  /**
   * What the copy holds, once all of it was read; STORE_ERROR when it is damaged, or of a newer
   * program.
   */
  inspect(file: string): CopyFacts;
  /**
   * Puts the file `incoming` in the place of the data; those of before stay beside under the name
   * that is returned. Whoever looks finds the one or the other, also after a kill.
   */
  replace(now: number): { aside: string | null };
}
