// What is asked of whoever starts the daemon and sees to it: systemd, launchd, or nobody.

export type ManagerKind = "systemd" | "launchd" | "detached";

/** A start that is under way. */
export interface Begun {
  /** Why it has failed; undefined while it has not. */
  failure(): Promise<string | undefined>;
}

/** Where the daemon's log goes. */
export type LogPlace =
  | { file: string }
  /** A program that prints it, with what it is given to go on with what comes. */
  | { command: string[]; lines: (count: number) => string[]; follow: string[] };

/** Its methods throw EXECUTION_ERROR with what a program of the system has said. */
export interface Manager {
  kind: ManagerKind;
  /** Why it is this one, as the end of "… because". */
  because: string;
  /** The file that says how the daemon is started; undefined where there is none. */
  definition(): string | undefined;
  /** Whether it is started with the machine, or with the session, by itself. */
  startsByItself(): Promise<boolean>;
  /** The process that it sees to; undefined: none runs. */
  pid(): Promise<number | undefined>;
  /** Writes the definition, and has it heeded from now on; answers what else there is to know or do. */
  install(): Promise<string[]>;
  /** Takes that back. */
  uninstall(): Promise<void>;
  start(): Promise<Begun>;
  /** Ends what it sees to, if that runs. */
  stop(): Promise<void>;
  log: LogPlace;
}
