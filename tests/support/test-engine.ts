// A whole engine for tests: in memory, on a clock moved by hand, with actions that the test steers.

import assert from "node:assert/strict";
import { type Action, type ActionContext, DEFAULT_HOST_LIMITS } from "../../actions/action.ts";
import { builtinActions } from "../../actions/builtin.ts";
import { createRegistry } from "../../actions/registry.ts";
import { type ErrorCode, OpcodeError } from "../../core/errors.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import { type Logger, silentLogger } from "../../core/log.ts";
import type { EngineFacade, RunReply } from "../../engine/api.ts";
import type { Limits } from "../../engine/limits.ts";
import type { EngineOptions } from "../../engine/connect.ts";
import { openEngine } from "../../engine/opcode.ts";
import { assertFoldMatchesRows } from "./fold-check.ts";
import { ManualClock } from "./mcp-clock.ts";
import { createMemoryStore, type MemoryStore } from "./memory-store.ts";

/** A call of an action that waits until the test lets it end. */
export interface OpenCall {
  key: string;
  stepId: string;
  params: JsonObject;
  signal: AbortSignal;
  /** The action needs this param no more. */
  release(param: string): void;
  resolve(output: Json): void;
  reject(error: Error): void;
}

export interface TestEngine {
  opcode: EngineFacade;
  store: MemoryStore;
  clock: ManualClock;
  /** Every call of `test.external` and `test.repeatable`, as `step:attempt`. */
  calls: string[];
  /** The calls that have not ended. */
  open: OpenCall[];
  /** Defines the steps as a template and runs it. */
  run(steps: JsonObject[], more?: RunMore): Promise<RunReply>;
  define(name: string, steps: JsonObject[], more?: RunMore): Promise<void>;
  /** Waits until a call of the step is open, and answers it. */
  called(stepId: string): Promise<OpenCall>;
  /** The process dies and another one opens what was committed. */
  crash(): Promise<TestEngine>;
}

export interface RunMore {
  definition?: JsonObject;
  template?: { input_schema?: JsonObject; output_schema?: JsonObject };
  params?: JsonObject;
  wait_ms?: number;
}

/** A clock moved by hand, on which what is due at once happens without a hand. */
export class TestClock extends ManualClock {
  override after(ms: number, wake: () => void): () => void {
    if (ms > 0) return super.after(ms, wake);
    const immediate = setImmediate(wake);
    return () => clearImmediate(immediate);
  }
}

export interface TestEngineOptions {
  store?: MemoryStore;
  clock?: ManualClock;
  log?: Logger;
  poolSize?: number;
  limits?: Partial<Limits>;
  concurrency?: EngineOptions["concurrency"];
  evaluate?: EngineOptions["evaluate"];
  inlineLimits?: EngineOptions["inlineLimits"];
  residence?: EngineOptions["residence"];
  notify?: EngineOptions["notify"];
  isThere?: EngineOptions["isThere"];
  present?: EngineOptions["present"];
  random?: EngineOptions["random"];
  secrets?: EngineOptions["secrets"];
  agents?: EngineOptions["agents"];
  retention?: EngineOptions["retention"];
  post?: EngineOptions["post"];
  links?: EngineOptions["links"];
  /** Names of actions that this daemon does not have. */
  without?: string[];
}

export async function openTestEngine(options: TestEngineOptions = {}): Promise<TestEngine> {
  const store = options.store ?? createMemoryStore();
  const clock = options.clock ?? new TestClock();
  const calls: string[] = [];
  const open: OpenCall[] = [];
  const opcode = await openEngine({
    store,
    clock,
    registry: createRegistry(
      [...builtinActions, ...testActions(calls, open)]
        .filter(({ name }) => !options.without?.includes(name)),
    ),
    host: { env: {}, cwd: "/", isProtected: () => false, limits: DEFAULT_HOST_LIMITS },
    log: options.log ?? silentLogger,
    poolSize: options.poolSize ?? 10,
    limits: options.limits ?? {},
    ...(options.concurrency && { concurrency: options.concurrency }),
    ...(options.evaluate && { evaluate: options.evaluate }),
    ...(options.inlineLimits && { inlineLimits: options.inlineLimits }),
    ...(options.residence && { residence: options.residence }),
    notify: options.notify ?? (() => Promise.resolve({ notified: false })),
    ...(options.isThere && { isThere: options.isThere }),
    ...(options.present && { present: options.present }),
    ...(options.agents && { agents: options.agents }),
    ...(options.retention && { retention: options.retention }),
    ...(options.post && { post: options.post }),
    ...(options.links && { links: options.links }),
    ...(options.random && { random: options.random }),
    ...(options.secrets && { secrets: options.secrets }),
  });
  const define: TestEngine["define"] = async (name, steps, more = {}) => {
    const definition = { steps, ...more.definition };
    await opcode.define({ name, definition, agent_id: "test", ...more.template });
  };
  return {
    opcode,
    store,
    clock,
    calls,
    open,
    define,
    async run(steps, more = {}) {
      await define("w", steps, more);
      return await opcode.run({
        template_name: "w",
        agent_id: "test",
        params: more.params ?? {},
        ...(more.wait_ms !== undefined && { wait_ms: more.wait_ms }),
      });
    },
    async called(stepId) {
      await until(() => open.some((call) => call.stepId === stepId), `a call of ${stepId}`);
      return open.findLast((call) => call.stepId === stepId)!;
    },
    crash: async () => await openTestEngine({ ...options, clock, store: store.crash() }),
  };
}

/** Lets the event loop turn until the condition holds; fails after many turns, not after a time. */
export async function until(condition: () => unknown, what: string): Promise<void> {
  for (let turn = 0; turn < 10_000; turn++) {
    if (await condition()) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.fail(`waited in vain for ${what}`);
}

/** Lets everything that is under way come to rest. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 30; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Lets time pass; the timers' alarm looks at the clock again when it wakes early. */
export async function pass(engine: TestEngine, ms: number): Promise<void> {
  engine.clock.advance(ms);
  await settle();
  engine.clock.advance(0);
  await settle();
}

/** Types of a run's events, with their step where there is one: `step_started a`. */
export async function eventsOf(engine: TestEngine, runId: string): Promise<string[]> {
  const { events } = await assertFoldMatchesRows(engine.store, runId);
  return events.map(({ type, stepId }) => stepId === null ? type : `${type} ${stepId}`);
}

/** Payloads of the run's events of one type. */
export async function payloadsOf(
  engine: TestEngine,
  runId: string,
  type: string,
): Promise<JsonObject[]> {
  const { events } = await assertFoldMatchesRows(engine.store, runId);
  return events.filter((event) => event.type === type)
    .map((event) => JSON.parse(event.payload ?? "{}") as JsonObject);
}

/** Statuses of a reply's steps by id. */
export function statuses(reply: Pick<RunReply, "steps">): Record<string, string> {
  const entries = Object.entries(reply.steps ?? {});
  return Object.fromEntries(entries.map(([id, step]) => [id, step.status]));
}

function testActions(calls: string[], open: OpenCall[]): Action[] {
  const failures = new Map<string, number>();
  const base = { input: { type: "object" }, output: {} };
  const external = (_: JsonObject, context: ActionContext): Promise<Json> => {
    const { stepId, attempt, signal } = context;
    calls.push(`${stepId}:${attempt}`);
    return new Promise((resolve, reject) => {
      const call: OpenCall = {
        key: context.idempotencyKey,
        stepId,
        params: _,
        signal,
        release: (param) => context.release(param),
        resolve: (output) => end(() => resolve(output)),
        reject: (error) => end(() => reject(error)),
      };
      const end = (settle: () => void) => {
        const at = open.indexOf(call);
        if (at >= 0) open.splice(at, 1);
        settle();
      };
      open.push(call);
    });
  };
  return [
    {
      ...base,
      name: "test.echo",
      description: "Answers its params.",
      effects: "none",
      execute: (params) => params,
    },
    {
      ...base,
      name: "test.fail",
      description: "Fails `times` times (always when absent), then answers how often it failed.",
      effects: "none",
      execute(params, { runId, stepId }) {
        const key = `${runId}:${stepId}`;
        const failed = failures.get(key) ?? 0;
        if (typeof params.times === "number" && failed >= params.times) return { failed };
        failures.set(key, failed + 1);
        const code = (params.code ?? "EXECUTION_ERROR") as ErrorCode;
        throw new OpcodeError(code, String(params.message ?? "it failed"), {
          details: { n: failed + 1 },
        });
      },
    },
    {
      ...base,
      name: "test.external",
      description: "Waits for the test.",
      effects: "external",
      circuit: {
        target: ({ host }) => host === undefined ? undefined : { host: String(host) },
        verdict: ({ code }) => code === "EXECUTION_ERROR" ? "down" : "unknown",
      },
      execute: external,
    },
    {
      ...base,
      name: "test.repeatable",
      description: "Waits for the test; may run again.",
      effects: "external",
      repeatable: true,
      execute: external,
    },
  ];
}
