// What answers about a run have beside its steps: programs that may go on, and signals that wait.

export type ProgramReport = {
  step_id: string;
  /** Of the leader of its process group. */
  pid: number;
  /** Its name without directories. */
  command: string;
  /** Whether anything of the group still runs. */
  running: boolean;
};

export interface KeptSignalReport {
  /** Of the event in the run's log that has its payload. */
  sequence: number;
  /** Which it names. */
  step_id?: string;
  /** What it names in its payload, cut where it is long. */
  signal?: string;
}
