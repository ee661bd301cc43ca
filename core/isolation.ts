// What a program may be held in, and what whoever starts one sees of it.

/**
 * What may hold a program.
 * - `tree`: whatever it starts ends with it on cancel, timeout and the daemon's death, detached or not.
 * - `memory`: all of its processes together. `memory_per_process`: each alone.
 * - `cpu`, `pids`: all of its processes together.
 * - `network`: none, not even loopback.
 * - `filesystem`: read-only but for what is listed, with a /tmp of its own.
 * - `processes`: it sees no others, and when it ends what it has started ends.
 */
export type Guard =
  | "tree"
  | "memory"
  | "memory_per_process"
  | "cpu"
  | "pids"
  | "network"
  | "filesystem"
  | "processes";

/** Of the guards that were asked for: which hold, and which this machine does not have. */
export interface IsolationReport {
  enforced: Guard[];
  unavailable: Guard[];
  /** Present where a limit was met: what was over it was killed, or not started. */
  met?: Guard[];
}

/** What is to run: as for spawn; `env` is all of its environment. */
export interface CellCommand {
  command: string;
  args: string[];
  cwd: string;
  env: Record<string, string>;
}

/** Where one program runs. */
export interface Cell {
  readonly report: IsolationReport;
  /** What to start instead, in the same working directory, environment and process group. */
  readonly start: { command: string; args: string[]; argv0: string };
  /** What stands for the tree where a supervisor looks for it: `-` where it has no way to. */
  readonly tag: string;
  /** The pids of all that runs in it, detached or not; without `tree` none. */
  members(): number[];
  /**
   * The system's code (or `""` where it is not known) when what ended was not the program but the
   * attempt to start it; undefined when the program ran.
   */
  startFailure(ended: { exitCode: number; stderr: Uint8Array }): string | undefined;
  /** Which of its limits it has met so far, so that something of it was killed or not started. */
  met(): Guard[];
  /** Gives back what the cell took, once nothing runs in it that has to end; may be called twice. */
  end(): void;
}

/** What is known of one guard on this machine. */
export interface IsolationRow {
  guard: Guard;
  /** Whether the settings ask for it. */
  asked: boolean;
  /** Whether it has been tried here and holds. */
  available: boolean;
  /** What holds it, or why nothing does. */
  by: string;
  /** What to do to have it; absent where it is available or cannot be had. */
  remedy?: string;
}

export interface Isolation {
  /** A place for this program; ISOLATION_ERROR where it has to have a guard that is unavailable. */
  cell(command: CellCommand): Promise<Cell>;
  /** Each guard, tried on this machine once. */
  table(): Promise<IsolationRow[]>;
}
