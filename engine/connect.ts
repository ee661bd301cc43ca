// How the parts of one engine are put together.

import type { ActionRegistry, Host } from "../actions/action.ts";
import { type Clock, systemClock } from "../core/clock.ts";
import type { Evaluate } from "../core/expression.ts";
import { createIds, type Random, systemRandom } from "../core/ids.ts";
import type { Logger } from "../core/log.ts";
import { Metrics } from "../core/metrics.ts";
import { inOnePiece, type Slicing } from "../core/slices.ts";
import type { Limits as InlineLimits } from "../embed/cel/budget.ts";
import { SchemaGate } from "../embed/schema/answer.ts";
import { runInWorker } from "../embed/worker.ts";
import { Access, type AgentRights } from "./access.ts";
import { LARGEST_OUTPUT } from "./answer-room.ts";
import { createEncoder } from "./journal/encode.ts";
import { Journal, type JournalOptions } from "./journal/journal.ts";
import { DEFAULT_LIMITS, type Limits } from "./limits.ts";
import { type DecisionLinks, NO_LINKS } from "./links/links.ts";
import { Live } from "./live.ts";
import { LogFollower } from "./nodes/log-follower.ts";
import { Measures } from "./measures.ts";
import { Breakers } from "./calls/breaker.ts";
import { Budgets } from "./memory/budgets.ts";
import type { EngineEnv } from "./engine-env.ts";
import { Families } from "./state/families.ts";
import { type Residence, USUAL_RESIDENCE } from "./state/residence.ts";
import { Pace } from "./actor/pace.ts";
import { Presence } from "./actor/presence.ts";
import { Runs } from "./actor/runs.ts";
import { SlotPool } from "./calls/slots.ts";
import { Suspects } from "./actor/suspects.ts";
import { KEEP_ALL, type RetentionPolicy } from "./retention/policy.ts";
import type { Post } from "./callbacks/post.ts";
import { Retention } from "./retention/retention.ts";
import { FreeTimers } from "./timers/free-timers.ts";
import { Scheduler } from "./schedules/scheduler.ts";
import { Timers } from "./timers/timers.ts";
import type { AgentDoor } from "./notices/agent-door.ts";
import { Notices } from "./notices/notices.ts";
import { Admission } from "./concurrency/admission.ts";
import { ConcurrencyLimits, type GivenLimits } from "./concurrency/limits.ts";
import { RunNumbers } from "./store/run-numbers.ts";
import { NO_RUN, type Store } from "./store/store.ts";
import { TemplatePlans } from "./template-plans.ts";
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
  /** Tells an agent, if it is there. */
  notify: AgentDoor["notify"];
  /** Whether it may be there; absent: nobody ever is. */
  isThere?: AgentDoor["isThere"];
  /** Those that may be there. */
  present?: AgentDoor["present"];
  /** Sends callbacks; absent: each is given up after a day. */
  post?: Post;
  /** Links by which decisions are answered; absent: there are none. */
  links?: DecisionLinks;
  /** The daemon's own key, by which cursors of lists are hidden from agents; absent: one that ends with it. */
  ownKey?: () => Uint8Array;
  limits?: Partial<Limits>;
  /** How many runs of a template, and of an agent, may be under way at once; by default any number. */
  concurrency?: GivenLimits;
  /** The agents that have an identity, with their rights. */
  agents?: Readonly<Record<string, AgentRights>>;
  clock?: Clock;
  random?: Random;
  /** How long what has ended is kept; by default for ever. */
  retention?: RetentionPolicy;
  /** Evaluates what is too much for a turn; by default a worker thread of this process. */
  evaluate?: Evaluate;
  /** Where it tells of itself in numbers; by default to nobody. */
  metrics?: Metrics;
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

/** The parts of an engine that have just been made: nothing is recovered, no timer fires. */
export interface Parts {
  env: EngineEnv;
  limits: Limits;
  slicing: Slicing;
  templates: TemplatePlans;
  live: Live;
  timers: Timers;
  /** Who acts on timers without a run. */
  freeTimers: FreeTimers;
  scheduler: Scheduler;
  retention: Retention;
  notices: Notices;
  /** Tells what any node has committed; null where there is one. */
  follower: LogFollower | null;
}

/** Makes the parts of an engine, none of which does anything yet. */
export function connect(options: EngineOptions): Parts {
  const { store, log, registry } = options;
  const clock = options.clock ?? systemClock;
  const soon = options.soon ?? ((run) => void setImmediate(run));
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const evaluate = inTime(options.evaluate ?? runInWorker, clock);
  const slicing = options.slicing ?? inOnePiece;
  const mostOutput = Math.max(limits.maxStepOutput, LARGEST_OUTPUT) + PAYLOAD_BYTES;
  const live = new Live({ clock, log, soon, mostText: mostOutput });
  const templates = new TemplatePlans(store, registry, slicing);
  const presence = new Presence(clock);
  const measures = new Measures(options.metrics ?? new Metrics(), registry.list());
  const env: EngineEnv = {
    ...{ clock, log, store },
    journal: new Journal({
      ...{ store, clock, log, soon },
      several: () => presence.several,
      published: (handOver, eventIds) => published(handOver, eventIds),
      unclaimed: (claims) => store.ownership && timers.lapsed(claims),
      measured: (ms, handOvers) => measures.committed(ms, handOvers),
    }),
    measures,
    encoder: createEncoder({ maxOutput: limits.maxStepOutput }),
    registry,
    slots: new SlotPool(options.poolSize),
    breakers: new Breakers(clock),
    get runs() {
      return runs;
    },
    evaluate,
    schemas: new SchemaGate(evaluate),
    newId: createIds(() => clock.now(), options.random ?? systemRandom),
    runNos: new RunNumbers(store),
    pace: new Pace({ clock, presence, soon }),
    presence,
    ...given(templates, options),
    maxDepth: limits.maxRunDepth,
    mostOutput,
    families: new Families(limits.maxDescendants),
    get admission() {
      return admission;
    },
    budgets: new Budgets(limits),
    suspects: new Suspects(store, clock),
    turns: store.turns ?? new Float64Array(2),
    refire: (runNo) => timers.again(runNo),
  };
  const runs = new Runs(env);
  const admission = new Admission(env);
  measures.tellOf(env);
  const freeTimers = new FreeTimers(log);
  const timers = timersOf(env, freeTimers);
  const follower = store.ownership ? new LogFollower(env, live) : null;
  const scheduler = new Scheduler(env, freeTimers);
  const own = { timers, live, scheduler, follower, notices: noticesOf(env, options) };
  const published = publisher(env, own);
  const retention = retentionOf(env, { timers, freeTimers, policy: options.retention });
  return { env, limits, slicing, templates, freeTimers, retention, ...own };
}

type Given =
  | ("plan" | "planToRun" | "notify" | "links")
  | ("access" | "host" | "secrets")
  | ("concurrency" | "inlineLimits" | "residence");

/** Where runs find workflows, agents, people and secrets, and what they may take: as was given. */
function given(
  templates: TemplatePlans,
  options: EngineOptions,
): Pick<EngineEnv, Given> {
  return {
    access: new Access(options.agents),
    host: options.host,
    secrets: options.secrets ?? noSecrets,
    inlineLimits: options.inlineLimits,
    residence: options.residence ?? USUAL_RESIDENCE,
    links: options.links ?? NO_LINKS,
    concurrency: new ConcurrencyLimits(options.concurrency),
    notify: (agentId, notification) => options.notify(agentId, notification),
    plan: (name, version) => templates.plan(name, version),
    planToRun: (name, version) => templates.planToRun(name, version),
  };
}

function noticesOf(env: EngineEnv, options: EngineOptions): Notices {
  const { store, journal, clock, log } = env;
  const { notify, isThere = () => false, present = () => [] } = options;
  return new Notices({ store, journal, clock, log, door: { notify, isThere, present } });
}

/** Who is told of what is stored. */
function publisher(
  { families, runs }: EngineEnv,
  { timers, live, scheduler, notices, follower }: Pick<
    Parts,
    "timers" | "live" | "scheduler" | "notices" | "follower"
  >,
): JournalOptions["published"] {
  return (handOver, eventIds) => {
    if (handOver.claims.length > 0) timers.claimed(handOver.claims);
    if (handOver.timers.length > 0) timers.committed(handOver.timers);
    families.committed(handOver);
    scheduler.committed(handOver);
    if (handOver.noticing !== null) notices.committed(handOver);
    // Of several nodes the log says who was first.
    if (follower) follower.nudge();
    else live.publish(handOver, eventIds, (runNo) => runs.namesOf(runNo));
  };
}

function timersOf({ store, clock, log, runs }: EngineEnv, free: FreeTimers): Timers {
  const timers = new Timers({
    store,
    clock,
    log,
    fire({ runId, runNo, agentId, key, dueAt }) {
      if (runId === null) return free.fire({ key, dueAt });
      const elsewhere = () => timers.lapsed([{ runNo, key, dueAt }]);
      runs.post(runId, { kind: "timer", key, dueAt }, agentId!, elsewhere);
    },
    ownerOf: (runNo) => runs.ownerOf(runNo),
  });
  return timers;
}

function retentionOf(
  { store, journal, clock, log }: EngineEnv,
  { timers, freeTimers, policy = KEEP_ALL }: {
    timers: Timers;
    freeTimers: FreeTimers;
    policy: RetentionPolicy | undefined;
  },
): Retention {
  const refire = () => timers.again(NO_RUN);
  return new Retention({ store, journal, clock, log, freeTimers, policy, refire });
}

/** What is not said to be evaluated for a moment is for that at which it was asked for. */
function inTime(evaluate: Evaluate, clock: Clock): Evaluate {
  return (request, options) => evaluate({ now: clock.now(), ...request }, options);
}
