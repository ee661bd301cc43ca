// What an action is: a schema, declared effects, and a function that does the work.

import type { LookupAddress, LookupAllOptions } from "node:dns";
import type { ErrorObject } from "../core/errors.ts";
import type { ExpressionEngine, ExpressionRequest } from "../core/expression.ts";
import type { Isolation, IsolationReport } from "../core/isolation.ts";
import type { Json, JsonObject } from "../core/json.ts";

/**
 * What an action touches outside its result.
 * - `none`: nothing. It runs inside the actor's turn.
 * - `store`: rows that are written in the same commit as the step's own events.
 * - `external`: anything else. It starts only after its `step_started` is committed.
 */
export type Effects = "none" | "store" | "external";

export interface Action {
  name: string;
  description: string;
  /** A function when it depends on the (validated) params. */
  effects: Effects | ((params: JsonObject) => Effects);
  /** Params whose text it keeps outside, where others may read it. */
  keeps?: readonly string[];
  /** An external action that may safely run again after a restart. */
  repeatable?: boolean;
  /**
   * Params that are programs: what a definition writes there is checked when it is defined, and may
   * hold no tokens but one that is the whole of it.
   */
  expressions?: Readonly<Record<string, ExpressionEngine>>;
  /** The param that its programs see in place of the scope, where it is given. */
  inPlaceOfScope?: string;
  /** Absent: however often the action fails, it is never refused for it. */
  circuit?: CircuitRules;
  /** JSON Schema 2020-12 of `params` (type object). Defaults are applied. */
  input: JsonObject;
  /** JSON Schema 2020-12 of the output. */
  output: JsonObject;
  /** Params of a step as somebody would write it; every action that comes with opcode has them. */
  example?: JsonObject;
  /**
   * Does the work. `params` have passed `input` and its coercions. Returns JSON, or a promise of
   * it; throws OpcodeError. Synchronous actions should return plain values, not promises.
   */
  execute(params: JsonObject, context: ActionContext): Json | Promise<Json>;
  /** Params that are a name, a place or a program: no list or object is meant by one. */
  words?: readonly string[];
  /**
   * What is wrong with params as an author has written them, though they fit the schema. Those that
   * hold tokens are not known yet.
   */
  mistaken?(params: JsonObject): Mistake[];
  /** Why nobody may use it here, the reason as the end of "… is refused: …"; absent: it may be used. */
  refused?: Barred;
  /** For `workflow.run` alone: the child to start instead of executing. */
  child?(params: JsonObject): ChildRequest;
}

/** What is wrong with a literal param. */
export interface Mistake {
  /** Its path below the params. */
  param: string;
  rule: string;
  /** It can be run, and is probably not meant. */
  isDoubt?: true;
}

/** What the end of a call says of what it was about. */
export type Verdict = "up" | "down" | "unknown";

/** How an external action's failures are told from each other: by what, and whose they are. */
export interface CircuitRules {
  /**
   * What (validated) params are about: while calls of it keep failing, those of others go on.
   * Undefined: all calls of the action are about the same.
   */
  target(params: JsonObject): { host: string } | { program: string } | undefined;
  /**
   * Whether an error speaks of the target; `unknown` for what the author has limited or mistaken,
   * and for what this machine is short of.
   */
  verdict(error: ErrorObject, params: JsonObject): Verdict;
}

export interface ChildRequest {
  template_name: string;
  version?: string;
  params?: JsonObject;
}

/** What a running action is handed. */
export interface ActionContext {
  readonly runId: string;
  /** Full step id. */
  readonly stepId: string;
  readonly attempt: number;
  readonly agentId: string;
  /** `run:step:attempt`, stable for this attempt. */
  readonly idempotencyKey: string;
  /** Aborted on cancel, timeout and shutdown. */
  readonly signal: AbortSignal;
  /** The author's time limit for an attempt of the step, ms; null where the step has none. */
  readonly stepTimeoutMs: number | null;
  /** Bytes that the output may have as JSON in UTF-8; a larger one fails the step. */
  readonly maxOutput: number;
  /**
   * Counts memory that is about to be taken, such as for JSON to parse, as far as its text tells;
   * bytes of heap. Waits while what is on its way to the store is about to make room; rejects with
   * BUDGET_EXCEEDED when the run may not hold so much. What is reserved must soon become a result.
   */
  reserve(bytes: number): Promise<void>;
  /** The action has passed this param on: from now on it is neither kept nor counted. */
  release(param: string): void;
  /** What its program is held in, which stands in the event of the attempt's end. */
  noteIsolation(report: IsolationReport): void;
  /**
   * What a program of the step sees: `{steps, inputs, workflow, context}`, in a loop also `loop` and
   * `iter`; what it cannot read may be missing. A step is its output; its members `output` and
   * `status` are there if the source of the program names them.
   */
  scope(program: Pick<ExpressionRequest, "engine" | "source">): JsonObject;
  /**
   * Evaluates an expression within a time limit, away from whatever it could hold up. EXECUTION_ERROR
   * or TIMEOUT_ERROR, with `details.retryable: false` for what broke a limit; VALIDATION_ERROR for
   * what does not compile.
   */
  evaluate(request: ExpressionRequest): Json | Promise<Json>;
  /** Whether the text holds a secret that the run knows, in whatever form. */
  holdsSecret(text: string): boolean;
  /**
   * What is wrong with a value by a JSON Schema, given as JSON text: at JSON Pointer `at` it breaks
   * `rule`; nothing when it fits. Within the limits of `evaluate`; what breaks one cannot be
   * checked, which is what is wrong with it then. VALIDATION_ERROR with `details {rule, keys?}` for
   * what is no schema.
   */
  violations(schema: string, value: Json): SchemaViolation[] | Promise<SchemaViolation[]>;
  readonly workflow: WorkflowDoor;
  readonly host: Host;
}

export type LogLevel = "debug" | "info" | "warn" | "error";

/** What the workflow.* actions may ask of their run; recorded with the step's result. */
export interface WorkflowDoor {
  /** Recorded in the step's `step_completed` event and published after its commit. */
  emit(eventType: string, payload: Json): void;
  /** The stored context of this run or of a child of it; null when none was ever written. */
  readContext(runId: string): Json | Promise<Json>;
  /** Shallow-merges `data` into this run's accumulated context. */
  updateContext(change: { data?: JsonObject | undefined; agentNotes?: string | undefined }): void;
  /** Written to the daemon's log after the step's commit. */
  log(level: LogLevel, message: string, data?: Json): void;
  /** Tells the run's agent, if connected. */
  notify(message: string, data?: Json): Promise<{ notified: boolean; reason?: string }>;
}

/** What http, fs and shell actions need of the machine they run on. */
export interface Host {
  /** Environment for children, already without the vault key. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Whether (device, inode) is one of the daemon's own files. */
  isProtected(file: { dev: bigint; ino: bigint }): boolean;
  /** Absent, no name is protected, only files are. */
  readonly protectedNames?: ProtectedNames | undefined;
  /** Absent, every path is allowed. */
  readonly pathPolicy?: PathPolicy | undefined;
  readonly limits: HostLimits;
  /** Absent, http actions may connect to any address. */
  readonly connectPolicy?: ConnectPolicy | undefined;
  /** Absent, names are resolved by the system. */
  readonly lookup?: Lookup | undefined;
  /**
   * Resolves when no program that an action has started runs any more; undefined when none does, as
   * it is absent where none can.
   */
  readonly programsEnded?: () => Promise<void> | undefined;
  /** Programs of the step that run, or did when the daemon before ended. */
  readonly programsLeft?: (step: { runId: string; stepId: string }) => LeftProgram[];
  /** Absent, a program is held in nothing but its process group. */
  readonly isolation?: Isolation | undefined;
  /** Told of a step that waits because the process has no descriptor left for it. */
  readonly shortOfDescriptors?: (step: { runId: string; stepId: string }) => void;
}

/** A program that may have outlived its daemon. */
export interface LeftProgram {
  /** Of the leader of its process group. */
  pid: number;
  /** When that was started, as core/running tells it. */
  started: string | null;
  /** Its name without directories. */
  command: string;
}

/** Why a setting bars a way, and which one. */
export interface Barred {
  /** As the end of a sentence. */
  reason: string;
  setting: string;
}

/**
 * Asked before an http action connects to `host` (as it stands in the URL), redirects included:
 * once without address, before the name is looked up, and then for each address; the connection
 * goes to that very address. Answers undefined to allow it.
 */
export type ConnectPolicy = (target: { host: string; address?: string }) => Barred | undefined;

/** Resolves a name to all its addresses, in the manner of node:dns. */
export type Lookup = (
  name: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

export interface SchemaViolation {
  at: string;
  rule: string;
}

/** What an action is about to do with a file. */
export type Access = "read" | "write";

/**
 * Asked by every action that touches files: returns why a path (absolute, links resolved) may not
 * be touched, or undefined.
 */
export type PathPolicy = () => Promise<(path: string, access: Access) => Barred | undefined>;

/** The names by which the daemon finds its own files. */
export interface ProtectedNames {
  /** Whether this name in the directory (device, inode) is one of them, there or yet to be made. */
  has(entry: { dev: bigint; ino: bigint; name: string }): boolean;
  /** Whether this path (absolute, links in its parents resolved) is on the way to them. */
  leadsThrough(path: string): boolean;
}

export interface HostLimits {
  httpMaxResponseBody: number;
  httpDefaultTimeoutMs: number;
  fsMaxRead: number;
  shellDefaultTimeoutMs: number;
  shellMaxOutput: number;
  shellKillGraceMs: number;
}

export const DEFAULT_HOST_LIMITS: HostLimits = {
  httpMaxResponseBody: 10 * 1024 * 1024,
  httpDefaultTimeoutMs: 30_000,
  fsMaxRead: 50 * 1024 * 1024,
  shellDefaultTimeoutMs: 30_000,
  shellMaxOutput: 10 * 1024 * 1024,
  shellKillGraceMs: 5_000,
};

/** The actions a daemon offers, by name. */
export interface ActionRegistry {
  /** Undefined when no such action is registered; one that is `refused` is. */
  get(name: string): Action | undefined;
  /** All that may be used, sorted by name. */
  list(): readonly Action[];
}
