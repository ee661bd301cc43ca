// What is asked of programs of workflows, and what is where nobody asks.

export interface IsolationSettings {
  /** `auto`: what can be had; `required`: all or nothing is started; `off`: nothing. */
  mode: "auto" | "off" | "required";
  /** Bytes of a program with all that it starts; 0: no limit. */
  maxMemory: number;
  /** Percent of one processor; 0: no limit. */
  maxCpu: number;
  /** Processes and threads at once; 0: no limit. */
  maxPids: number;
  /** Whether it has the machine's network. */
  network: boolean;
  /** Which processes it sees: `own`: its own, and when it ends those end. */
  processes: "all" | "own";
  /** Whether it may write where the daemon's user may, or only where `writable` says. */
  root: "writable" | "read_only";
  /** Absolute paths: where it may write when `root` does not let it elsewhere. */
  writable: readonly string[];
  /** Absolute paths that it does not see then. */
  hidden: readonly string[];
  /** How long it may take to end once the daemon has died, where a namespace ends it, ms. */
  graceMs: number;
}

/** What a daemon asks for whose settings say nothing. */
export const DEFAULT_ISOLATION: IsolationSettings = {
  mode: "auto",
  maxMemory: 0,
  maxCpu: 0,
  maxPids: 0,
  network: true,
  processes: "all",
  root: "writable",
  writable: [],
  hidden: [],
  graceMs: 5_000,
};
