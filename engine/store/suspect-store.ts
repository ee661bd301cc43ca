// What a store keeps of runs that the process may die of, beside all hand-overs.

/** A run that the process may have died of. */
export interface Suspect {
  runNo: number;
  id: string;
  /** How often a process ended in the middle of it. */
  deaths: number;
  /** What it was doing with the run the last time; null before the first. */
  reason: string | null;
}

/** What is stored of it. */
export interface SuspectRow extends Omit<Suspect, "id"> {
  /** What is being done with the run; null: nothing that could cost the process its life. */
  doing: string | null;
}

/** Of what a process has noted none is blamed for the death of another. */
export interface SuspectStore {
  /**
   * Whoever takes turns writes here whose turn it is, a run number or 0, and how many turns there
   * were: the store notes a run whose turn does not end as a suspect.
   */
  readonly turns?: Float64Array;

  /**
   * To be called once, before any run is loaded: counts a death for each run that a process had not got
   * through with that is gone. Returns all suspects, or where runs are one process's at a time (see
   * `OwnershipStore`) those that are ours from before: of others it is told, and counted, when they
   * become ours.
   */
  countDeaths(): Promise<Suspect[]>;
  /**
   * Notes durably, beside all hand-overs, what may cost the process its life; null: it got through.
   * A store that is closed as it should be forgets the notes of its process.
   */
  suspect(runNo: number, doing: string | null): Promise<void>;
  /** Writes down that the process died of the run so often, though none was counted one by one. */
  condemn(runNo: number, deaths: number): Promise<void>;
  /** The run is no suspect any more. */
  trust(runNo: number): Promise<void>;
}

/** A run to be loaded at the start. */
export interface OpenRun {
  runNo: number;
  id: string;
  /** Of text that is read to load it, about. */
  bytes: number;
}
