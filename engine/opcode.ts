// The facade that every surface calls, and the one place that wires an engine together.

import { OpcodeError } from "../core/errors.ts";
import type { ActionRegistry, Host } from "../actions/action.ts";
import { type Clock, systemClock } from "../core/clock.ts";
import type { Evaluate } from "../core/expression.ts";
import { FairGate } from "../core/fair-gate.ts";
import { createIds, type Random, systemRandom } from "../core/ids.ts";
import type { Logger } from "../core/log.ts";
import { inOnePiece, type Slicing } from "../core/slices.ts";
import type { Limits as InlineLimits } from "../embed/cel/budget.ts";
import { SchemaGate } from "../embed/schema/answer.ts";
import { runInWorker } from "../embed/worker.ts";
import { Access, type AgentRights } from "./access.ts";
import type { EngineFacade, Opcode } from "./api.ts";
import { actionDoc } from "./action-doc.ts";
import { LARGEST_OUTPUT } from "./answer-room.ts";
import { listAgents } from "./agents.ts";
import { asAgent } from "./as-agent.ts";
import { define } from "./define.ts";
import { draw } from "./draw.ts";
import { dryRun } from "./dry-run.ts";
import type { Engine } from "./engine.ts";
import { createEncoder } from "./journal/encode.ts";
import { Journal } from "./journal/journal.ts";
import { KeyedLock } from "./keyed-lock.ts";
import { DEFAULT_LIMITS, type Limits } from "./limits.ts";
import { Live } from "./live.ts";
import { queryRows } from "./query-rows.ts";
import { Breakers } from "./run/breaker.ts";
import type { EngineEnv, Notification, Notified } from "./run/env.ts";
import { Budgets } from "./run/budgets.ts";
import { Families } from "./run/families.ts";
import { type Residence, USUAL_RESIDENCE } from "./run/held.ts";
import { Pace } from "./run/pace.ts";
import { Presence } from "./run/presence.ts";
import { recoverRuns } from "./recovery.ts";
import { Runs } from "./run/runs.ts";
import { checkWorkflow, runStatus } from "./run-status.ts";
import { runWorkflow } from "./run-workflow.ts";
import { SlotPool } from "./run/slots.ts";
import { Suspects } from "./run/suspects.ts";
import { Timers } from "./schedule/timers.ts";
import { signalWorkflow } from "./signal-workflow.ts";
import { stopEngine } from "./stop.ts";
import type { Store } from "./store/store.ts";
import { Templates } from "./templates.ts";
import type { Sealer } from "./vault/sealer.ts";
import { noSecrets, type Secrets } from "./vault/secrets.ts";

export interface EngineOptions {
  store: Store;
  registry: ActionRegistry;
  host: Host;
  /** What `${{secrets.NAME}}` stands for; absent: no step that needs a secret can run. */
  secrets?: Secrets & Sealer;
  log: Logger;
  /** External actions that run at once. */
  poolSize: number;
  notify(agentId: string, notification: Notification): Promise<Notified>;
  limits?: Partial<Limits>;
  /** The agents that have an identity, with their rights. */
  agents?: Readonly<Record<string, AgentRights>>;
  clock?: Clock;
  random?: Random;
  /** Evaluates what is too much for a turn; by default a worker thread of this process. */
  evaluate?: Evaluate;
  /** What an expression may spend in a turn before it is handed over. */
  inlineLimits?: InlineLimits;
  /** Which outputs are kept in memory, when it is not the usual. */
  residence?: Residence;
  /** Runs a function once the current work of the event loop is done. */
  soon?(run: () => void): void;
  /** How definitions are checked and compiled in pieces; by default each in one. */
  slicing?: Slicing;
}

/** What a payload has beside the output in it, bytes. */
const PAYLOAD_BYTES = 1024;

/** Opens an engine over a store: recovers what was active, re-arms timers, and then answers. */
export async function openEngine(options: EngineOptions): Promise<EngineFacade> {
  const { store, log, registry } = options;
  const clock = options.clock ?? systemClock;
  const soon = options.soon ?? ((run) => void setImmediate(run));
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const evaluate = inTime(options.evaluate ?? runInWorker, clock);
  const slicing = options.slicing ?? inOnePiece;
  const mostOutput = Math.max(limits.maxStepOutput, LARGEST_OUTPUT) + PAYLOAD_BYTES;
  const live = new Live({ clock, log, soon, mostText: mostOutput });
  const templates = new Templates(store, registry, slicing);
  const presence = new Presence(clock);
  const journal = new Journal({
    store,
    clock,
    log,
    several: () => presence.several,
    soon,
    published(handOver, firstEventId) {
      if (handOver.timers.length > 0) timers.committed(handOver.timers);
      env.families.committed(handOver);
      live.publish(handOver, firstEventId, (runNo) => env.runs.byNumber(runNo));
    },
  });
  const env = {
    clock,
    log,
    store,
    journal,
    encoder: createEncoder({ maxOutput: limits.maxStepOutput }),
    registry,
    access: new Access(options.agents),
    host: options.host,
    secrets: options.secrets ?? noSecrets,
    slots: new SlotPool(options.poolSize),
    breakers: new Breakers(clock),
    evaluate,
    schemas: new SchemaGate(evaluate),
    inlineLimits: options.inlineLimits,
    residence: options.residence ?? USUAL_RESIDENCE,
    newId: createIds(() => clock.now(), options.random ?? systemRandom),
    pace: new Pace({ clock, presence, soon }),
    presence,
    plan: (name, version) => templates.plan(name, version),
    notify: options.notify,
    maxDepth: limits.maxRunDepth,
    mostOutput,
    families: new Families(limits.maxDescendants),
    budgets: new Budgets(limits),
    suspects: new Suspects(store, clock),
    turns: store.turns ?? new Float64Array(2),
    refire: (runNo) => timers.again(runNo),
  } as EngineEnv;
  env.runs = new Runs(env);
  const timers = new Timers({
    store,
    clock,
    log,
    fire: ({ runId, agentId, key, dueAt }) =>
      env.runs.post(runId, { kind: "timer", key, dueAt }, agentId),
    ownerOf: (runNo) => env.runs.ownerOf(runNo),
  });
  let stopping: Promise<void> | null = null;
  const engine: Engine = {
    env,
    limits,
    templates,
    slicing,
    defines: new KeyedLock(),
    keys: new KeyedLock(),
    forks: new FairGate(1),
    refuseWhenBusy() {
      if (!stopping && store.fault !== null) {
        throw new OpcodeError("STORE_ERROR", store.fault, { details: { retryable: false } });
      }
      if (!stopping && journal.healthy) return;
      throw new OpcodeError(
        "BUSY",
        stopping ? "the daemon is stopping" : "the store does not take commits right now",
        { details: { retry_after_ms: 1_000 } },
      );
    },
    commit: (handOver) =>
      new Promise((resolve) => journal.submit(handOver, resolve, handOver.agents[0]?.id)),
  };
  try {
    await env.families.restore(store);
    await recoverRuns(env);
  } catch (thrown) {
    // Nobody is left to tell it to stop.
    journal.close();
    throw thrown;
  }
  timers.start();
  // What is no name is refused by whoever serves the request.
  const inTurn = <T>({ agent_id }: { agent_id?: unknown }, serve: () => Promise<T>) =>
    env.pace.request(typeof agent_id === "string" ? agent_id : "", serve);
  const facade: Opcode = {
    define: (request) =>
      inTurn(request, async () => {
        engine.refuseWhenBusy();
        return await define(engine, request);
      }),
    dryRun: (request) => inTurn(request, () => dryRun(engine, request)),
    run: (request, watch = {}) => inTurn(request, () => runWorkflow(engine, request, watch)),
    status: (id) => runStatus(engine, id),
    checkWorkflow: (id) => checkWorkflow(engine, id),
    signal: (request, watch = {}) => inTurn(request, () => signalWorkflow(engine, request, watch)),
    query: (request) => queryRows(engine, request),
    diagram: (request) => draw(engine, request),
    actions: () => registry.list().map(actionDoc),
    agents: (page = {}) => listAgents(store, page),
    subscribe: (listener, runId) => live.subscribe(listener, runId),
    healthy: () => stopping === null && journal.healthy && store.fault === null,
    fault: () => store.fault,
    stop: () => stopping ??= stopEngine(env, timers),
  };
  const views = new Map<string, Opcode>();
  return {
    ...facade,
    as(agent) {
      let view = views.get(agent);
      if (view) return view;
      const rights = env.access.of(agent);
      if (!rights) throw new OpcodeError("PERMISSION_DENIED", `agent "${agent}" has no identity`);
      views.set(agent, view = asAgent(engine, facade, rights));
      return view;
    },
  };
}

/** What is not said to be evaluated for a moment is for that at which it was asked for. */
function inTime(evaluate: Evaluate, clock: Clock): Evaluate {
  return (request, options) => evaluate({ now: clock.now(), ...request }, options);
}
