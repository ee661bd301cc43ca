// The facade that every surface calls: an engine that is open, and what each of its verbs passes through.

import { OpcodeError } from "../core/errors.ts";
import { FairGate } from "../core/fair-gate.ts";
import type { EngineFacade, Opcode, PruneRequest, StatsRequest } from "./api.ts";
import { Callbacks } from "./callbacks/callbacks.ts";
import { nobodyPosts } from "./callbacks/post.ts";
import { actionDoc } from "./verbs/action-doc.ts";
import { archive, unarchive } from "./verbs/archive.ts";
import { listAgents } from "./verbs/agents.ts";
import { asAgent } from "./verbs/as-agent.ts";
import { bulk } from "./verbs/bulk.ts";
import { connect, type EngineOptions, type Parts } from "./connect.ts";
import { CursorVeil } from "./cursor-veil.ts";
import { linkDecision, unlinkDecision } from "./verbs/decision-link.ts";
import { define } from "./verbs/define.ts";
import { callbackVerbs } from "./verbs/callbacks.ts";
import { hookVerbs } from "./verbs/hooks.ts";
import { draw, sketch } from "./verbs/diagram.ts";
import { dryRun } from "./verbs/dry-run.ts";
import { HookLog } from "./hooks/hook-log.ts";
import { Reception } from "./hooks/reception.ts";
import type { Engine } from "./verbs/shared.ts";
import { KeyedLock } from "./keyed-lock.ts";
import { queryRows } from "./verbs/query.ts";
import { adoption } from "./nodes/adoption.ts";
import { Inbox } from "./nodes/inbox.ts";
import { noticeWatch } from "./nodes/notice-watch.ts";
import { vaultWatch } from "./nodes/vault-watch.ts";
import { recoverRuns } from "./recovery/start-up.ts";
import { checkWorkflow, runStatus } from "./verbs/status.ts";
import { rerunWorkflow, runWorkflow } from "./verbs/run.ts";
import { scheduleVerbs } from "./verbs/schedules.ts";
import { signalWorkflow } from "./verbs/signal.ts";
import { readStats } from "./verbs/stats.ts";
import { stopEngine } from "./stop.ts";
import type { Purpose } from "./actor/pace.ts";

/** Opens an engine over a store: recovers what was active, re-arms timers, and then answers. */
export async function openEngine(options: EngineOptions): Promise<EngineFacade> {
  const parts = connect(options);
  const { env, timers } = parts;
  let stopping: Promise<void> | null = null;
  const isStopping = () => stopping !== null;
  const callbacks = new Callbacks(env, parts.freeTimers, options.post ?? nobodyPosts);
  const veil = new CursorVeil(options.ownKey);
  const engine = engineOf(parts, { isStopping, callbacks, veil });
  try {
    await env.runNos.open();
    await env.families.restore(env.store);
    await recoverRuns(env);
  } catch (thrown) {
    // Nobody is left to tell it to stop.
    env.journal.close();
    throw thrown;
  }
  timers.start();
  const nodes = [
    adoption(env, timers),
    new Inbox(env),
    noticeWatch(env, parts.notices),
    vaultWatch(env),
  ];
  for (const one of nodes) one.start();
  parts.follower?.start();
  parts.retention.start();
  const facade = {
    ...verbsOf(engine),
    turn: (agent) => env.pace.turn(agent),
    subscribe: (listener, runId) => parts.live.subscribe(listener, runId),
    healthy: () =>
      !isStopping() && env.journal.healthy && env.store.fault === null &&
      !env.store.away,
    fault: () => env.store.fault,
    stop: () => {
      parts.retention.stop();
      for (const one of nodes) one.stop();
      return stopping ??= stopEngine(env, { timers, callbacks, follower: parts.follower });
    },
  } satisfies Opcode;
  const prune = (request: PruneRequest) => parts.retention.prune(request);
  const stats = (request: StatsRequest) => readStats(env, request);
  const reception = new Reception(engine);
  return {
    ...facade,
    prune,
    stats,
    linksRevokedAt: async (id) => (await env.store.decisionById(id))?.linksRevokedAt ?? null,
    receive: (delivery) => reception.take(delivery),
    arrived: (agent) => {
      if (!isStopping()) parts.notices.arrived(agent);
    },
    retune({ poolSize, retention }) {
      env.slots.resize(poolSize);
      parts.retention.keep(retention);
    },
    as: viewsOf(engine, facade),
  };
}

/** What the verbs share. */
function engineOf(
  { env, limits, templates, slicing, scheduler }: Parts,
  { isStopping, callbacks, veil }: {
    isStopping: () => boolean;
    callbacks: Callbacks;
    veil: CursorVeil;
  },
): Engine {
  const { store, journal } = env;
  return {
    env,
    limits,
    templates,
    scheduler,
    hookLog: new HookLog(env.clock.now()),
    callbacks,
    veil,
    slicing,
    defines: new KeyedLock(),
    keys: new KeyedLock(),
    forks: new FairGate(1),
    refuseWhenBusy() {
      if (!isStopping() && store.fault !== null) {
        throw new OpcodeError("STORE_ERROR", store.fault, { details: { retryable: false } });
      }
      if (!isStopping() && journal.healthy && !store.away) return;
      throw new OpcodeError(
        "BUSY",
        isStopping() ? "the daemon is stopping" : "the store does not take commits right now",
        { details: { retry_after_ms: 1_000 } },
      );
    },
    commit: (handOver) =>
      new Promise((resolve) => journal.submit(handOver, resolve, handOver.agents[0]?.id)),
  };
}

/** The verbs; what is heavy or changes something waits for its agent's turn. */
function verbsOf(
  engine: Engine,
): Omit<Opcode, "turn" | "subscribe" | "healthy" | "fault" | "stop"> {
  const { env } = engine;
  // What is no name is refused by whoever serves the request.
  const inTurn = <T>(
    { agent_id }: { agent_id?: unknown },
    serve: () => Promise<T>,
    purpose?: Purpose,
  ) => env.pace.request(typeof agent_id === "string" ? agent_id : "", serve, purpose);
  const signal: Opcode["signal"] = (request, watch = {}) =>
    inTurn(
      request,
      () => signalWorkflow(engine, request, watch),
      request.signal_type === "cancel" ? "ends" : "asks",
    );
  return {
    define: (request) =>
      inTurn(request, async () => {
        engine.refuseWhenBusy();
        return await define(engine, request);
      }),
    dryRun: (request) => inTurn(request, () => dryRun(engine, request)),
    archive: (request) => inTurn(request, () => archive(engine, request)),
    unarchive: (request) => inTurn(request, () => unarchive(engine, request)),
    run: (request, watch = {}) => inTurn(request, () => runWorkflow(engine, request, watch)),
    rerun: (request) => inTurn(request, () => rerunWorkflow(engine, request)),
    status: (id) => runStatus(engine, id),
    checkWorkflow: (id) => checkWorkflow(engine, id),
    signal,
    link: (request) => linkDecision(engine, request),
    unlink: (request) => unlinkDecision(engine, request),
    bulk: (action, request) => bulk(engine, { action, request, may: () => true, signal }),
    query: (request) => queryRows(engine, request),
    diagram: (request, agent) => draw(engine, request, agent),
    sketch: (request, agent) => inTurn({ agent_id: agent }, () => sketch(engine, request, agent)),
    schedules: scheduleVerbs(engine),
    hooks: hookVerbs(engine),
    callbacks: callbackVerbs(engine),
    actions: () => env.registry.list().map(actionDoc),
    agents: (page = {}) => listAgents(env.store, page),
  };
}

/** The facade as an agent with an identity may use it; PERMISSION_DENIED for one without. */
function viewsOf(engine: Engine, facade: Opcode): (agent: string) => Opcode {
  const views = new Map<string, Opcode>();
  return (agent) => {
    let view = views.get(agent);
    if (view) return view;
    const rights = engine.env.access.of(agent);
    if (!rights) throw new OpcodeError("PERMISSION_DENIED", `agent "${agent}" has no identity`);
    views.set(agent, view = asAgent(engine, facade, rights));
    return view;
  };
}
