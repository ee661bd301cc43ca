// How a run begins: looked up, checked, made unique by its key, and waited for as long as asked.

import { faultAt } from "../../core/fault-at.ts";
import { OpcodeError } from "../../core/errors.ts";
import { parseJson } from "../../core/exact-json.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import type { ForkedFrom, RunReply, RunRequest, Watch } from "../api.ts";
import type { RerunRequest } from "../contract/steering.ts";
import { DEFAULT_WAIT_MS, LONGEST_WAIT_MS } from "../contract/terms.ts";
import type { Engine } from "./shared.ts";
import { type Asked, checkKey, onceByKey, refuseOtherRequest } from "./by-key.ts";
import { type Beginning, forkBeginning, forkPoint, forkSize } from "./fork.ts";
import { overtakenBy } from "./newer-version.ts";
import { rerunBeginning, rerunSource } from "./rerun.ts";
import { checkIdentifier } from "../identifiers.ts";
import { Share } from "../memory/share.ts";
import { refuseInputs, refuseParams, unreadParams } from "../state/given-params.ts";
import { Claim } from "../memory/claim.ts";
import { refuseWithoutRoom } from "../concurrency/room.ts";
import type { RunState } from "../state/state.ts";
import { RunSecrets } from "../secrecy/run-secrets.ts";
import { newRunRow } from "../state/new-row.ts";
import type { RunRow } from "../store/store.ts";
import { type EffectiveInputs, newRun } from "../state/new-run.ts";
import { putOffBy } from "../actor/report.ts";
import { RunWait } from "../actor/run-wait.ts";
import { follow } from "./follow.ts";
import { lateStart, startOf } from "./start-time.ts";
import { formatVersion, parseVersion } from "../version.ts";

/** How long a call bears with a store that takes no commits, however short it wants to wait. */
const STORE_PATIENCE_MS = 10_000;

export function runWorkflow(
  engine: Engine,
  request: RunRequest,
  watch: Watch,
): Promise<RunReply> {
  return runFor(engine, request, { watch });
}

/**
 * Starts the run of something that was delivered. `origin`: JSON text of what it was, for the run's first
 * event. Whoever gives its key again has the same delivery, whatever else it says.
 */
export function runDelivery(
  engine: Engine,
  request: RunRequest,
  options: { watch: Watch; origin: string },
): Promise<RunReply> {
  return runFor(engine, request, options);
}

async function runFor(
  engine: Engine,
  request: RunRequest,
  { watch, origin }: { watch: Watch; origin?: string },
): Promise<RunReply> {
  const agentId = checkIdentifier("agent_id", request.agent_id);
  const waitMs = checkWait(request.wait_ms);
  const { idempotency_key: key = null } = request;
  if (key !== null) checkKey(key, origin !== undefined);
  const params = request.params ?? undefined;
  if (params !== undefined && !isObject(params)) throw faultAt("params", "must be an object");
  const now = engine.env.clock.now();
  const startAt = startOf(request, now);
  const call: Call = { params, agentId, waitMs, watch, startAt, origin, key };
  if (request.from_run === undefined && request.from_step === undefined) {
    const template_name = nameOf(request);
    const asked = { ...request, template_name, params, forkedFrom: null, rerunOf: null };
    const make: Make = async (created) => {
      const beginning = await freshBeginning(engine, { ...request, template_name }, params);
      beginning.warnings.push(...lateStart(request, now));
      return await begin(engine, beginning, { ...call, created });
    };
    return await onlyOnce(engine, { call, asked }, make);
  }
  const forkedFrom = forkPoint(request);
  const asked = { ...request, params, forkedFrom: JSON.stringify(forkedFrom), rerunOf: null };
  return await onlyOnce(
    engine,
    { call, asked },
    (created) => fork(engine, request, { ...call, created }),
  );
}

/** Does a run again, whatever became of it: the new one is its agent's, and nobody waits for it. */
export async function rerunWorkflow(engine: Engine, request: RerunRequest): Promise<RunReply> {
  const { agent_id, idempotency_key: key = null } = request;
  if (agent_id !== undefined) checkIdentifier("agent_id", agent_id);
  if (key !== null) checkKey(key);
  const source = await rerunSource(engine, request.workflow_id);
  const call: Call = {
    params: undefined,
    agentId: source.run.agentId,
    ...(agent_id !== undefined && { asker: agent_id }),
    waitMs: 0,
    watch: {},
    startAt: undefined,
    key,
  };
  const asked = { params: undefined, forkedFrom: null, rerunOf: source.run.id };
  return await onlyOnce(
    engine,
    { call, asked },
    async (created) => begin(engine, await rerunBeginning(engine, source), { ...call, created }),
  );
}

/** What was asked, as far as it can be checked before anything is looked up. */
interface Call {
  params: JsonObject | undefined;
  agentId: string;
  /** Who asks, if that may be another than whose run it is. */
  asker?: string;
  waitMs: number;
  watch: Watch;
  /** When it is to begin; undefined: now. */
  startAt: number | undefined;
  /** JSON text of what was delivered; undefined of what somebody asks for. */
  origin?: string | undefined;
  /** The idempotency key. */
  key: string | null;
  /** Called once the run is stored. */
  created?: (() => void) | undefined;
}

/** Starts the run; `created` is called once it is stored. */
type Make = (created?: () => void) => Promise<RunReply>;

/** Starts the run, or answers with the one that its key has had before. */
async function onlyOnce(
  engine: Engine,
  { call, asked }: { call: Call; asked: Asked },
  make: Make,
): Promise<RunReply> {
  const { agentId, key, origin, waitMs, watch } = call;
  if (key === null) return await make();
  engine.refuseWhenBusy();
  const owner = origin === undefined ? agentId : null;
  const found = await onceByKey(engine, { agentId: owner, key }, make);
  if ("made" in found) return found.made;
  // Whoever has the key of a delivery has that delivery, whatever else it says.
  if (origin === undefined) await refuseOtherRequest(engine, found.existing, { asked, key });
  const { existing } = found;
  const reply = await follow(engine, existing.id, waitMs, watch);
  const warnings = await overtaken(engine, existing, asked);
  return {
    ...reply,
    replayed: true,
    template_version: formatVersion(existing.templateVersion),
    ...(warnings.length > 0 && { warnings }),
  };
}

/** Whoever asks for the latest may not have meant the one that was the latest when the key came first. */
async function overtaken(engine: Engine, row: RunRow, asked: Asked): Promise<string[]> {
  const isLatest = asked.forkedFrom === null && asked.rerunOf === null &&
    parseVersion(asked.version) === null;
  if (!isLatest) return [];
  return await overtakenBy(
    engine,
    row,
    (own, latest) =>
      `the key was used when ${own} was the latest; another idempotency_key starts a run of ${latest}`,
  );
}

/** Starts a run from where it begins, once its inputs are checked. */
async function begin(engine: Engine, beginning: Beginning, call: Call): Promise<RunReply> {
  const { params, agentId, asker = agentId, waitMs: asked, startAt } = call;
  const { plan, params: given } = beginning;
  // Those of a run that is gone on from were taken once, maybe by another version.
  const refuse = params === undefined ? refuseInputs : refuseParams;
  const inputs = await refuse(engine.env, plan, given, {
    party: { agent: agentId, run: "inputs" },
  });
  engine.refuseWhenBusy();
  const { templateName } = plan;
  // What a run goes on from is nobody's until it begins: it does not wait.
  if (beginning.forkedFrom !== null || beginning.rerunOf !== null) {
    await refuseWithoutRoom(engine.env, { templateName, agentId, parentRunNo: null });
  }
  // One that begins later has nothing to be waited for.
  const waitMs = startAt === undefined ? asked : 0;
  return startRun(engine, { ...call, ...beginning, asker, waitMs, inputs });
}

/** Bytes of outputs from which on a run is gone on from alone. */
const LARGE_FORK = 256 * 1024;

/**
 * What the run has come to is in memory several times until the new one is stored: one after the
 * other, and only where there is room for it.
 */
async function fork(engine: Engine, request: RunRequest, call: Call): Promise<RunReply> {
  const { params, agentId, created: told } = call;
  const bytes = await forkSize(engine, request.from_run);
  const beginning = () => forkBeginning(engine, request, params);
  if (bytes < LARGE_FORK) return begin(engine, await beginning(), call);
  const { budgets } = engine.env;
  const reply = Promise.withResolvers<RunReply>();
  await engine.forks.pass({ agent: agentId, run: "forks" }, async () => {
    const share = new Share();
    budgets.admit(share, { runNo: 0, agentId });
    const stored = Promise.withResolvers<void>();
    const created = () => {
      stored.resolve();
      told?.();
    };
    try {
      await new Claim(budgets, share).take(bytes);
      const answered = begin(engine, await beginning(), { ...call, created });
      answered.then(reply.resolve, reply.reject);
      await Promise.race([stored.promise, answered.catch(() => {})]);
    } catch (thrown) {
      reply.reject(thrown);
    } finally {
      budgets.dismiss(share);
    }
  });
  return reply.promise;
}

/** A beginning of which all is checked: nothing but the store keeps it from being a run. */
interface Start extends Omit<Call, "params">, Beginning {
  inputs: EffectiveInputs;
  asker: string;
}

/** The template of a run that begins from nothing. */
function nameOf({ template_name }: RunRequest): string {
  if (template_name === undefined) throw faultAt("template_name", "is required, or from_run");
  return checkIdentifier("template_name", template_name);
}

/** What a run of a template begins as: all its steps are pending. */
async function freshBeginning(
  { env }: Engine,
  { template_name, version }: { template_name: string; version?: string },
  params: JsonObject = {},
): Promise<Beginning> {
  const plan = await env.planToRun(template_name, parseVersion(version));
  return {
    plan,
    params,
    forkedFrom: null,
    rerunOf: null,
    warnings: unreadParams(plan, params),
    keptSteps: [],
    open: (row, inputs) =>
      newRun({ row, plan, inputs, secrets: new RunSecrets(env.secrets, { runId: row.id }) }),
  };
}

/** 0–600,000 ms; how long a call waits for its run. */
export function checkWait(value: unknown): number {
  if (value === undefined) return DEFAULT_WAIT_MS;
  if (typeof value !== "number" || !(value >= 0 && value <= LONGEST_WAIT_MS)) {
    throw faultAt("wait_ms", `must be a number from 0 to ${LONGEST_WAIT_MS}`);
  }
  return value;
}

/** What is stored with a run that nothing but itself comes of. */
const NOTHING_FOUNDED = { claims: [], timers: [], scheduling: null };

/** Makes the run's actor, which begins, and waits for it: at least until the run is stored. */
async function startRun(engine: Engine, start: Start): Promise<RunReply> {
  const { env } = engine;
  const now = env.clock.now();
  const row = newRunRow(env, { ...start, now, idempotencyKey: start.key });
  const run = start.open(row, start.inputs);
  const actor = env.runs.create(run);
  const first = Promise.withResolvers<void>();
  const wait = new RunWait(start.watch, env.mostOutput);
  actor.watch(wait);
  const stop = () => wait.stop();
  wait.onFirstCommit = () => {
    start.created?.();
    first.resolve();
  };
  wait.done.catch(first.reject);
  const { startAt, origin } = start;
  actor.begin(start.asker, {
    ...(startAt !== undefined && { startAt }),
    ...(origin !== undefined && { founding: { ...NOTHING_FOUNDED, origin } }),
  });
  if (start.waitMs === 0) {
    await stored(engine, first.promise, start.waitMs).finally(stop);
    const isPutOff = startAt !== undefined || await env.admission.waits(run);
    return begun(start, wait.reached ?? (isPutOff ? underWay(run) : active(row.id)));
  }
  // The answer of a call that stops waiting must still mean that the run exists.
  wait.limit(env.clock, start.waitMs, () => void first.promise.then(stop, stop));
  await stored(engine, first.promise, start.waitMs);
  return begun(start, await wait.done ?? underWay(run));
}

/** Of a run that has neither ended nor paused. */
function underWay({ row: { id, status }, marks }: RunState): RunReply {
  if (status !== "pending") return active(id);
  return { workflow_id: id, status, waiting: true, ...putOffBy(marks) };
}

function active(workflow_id: string): RunReply {
  return { workflow_id, status: "active", waiting: true };
}

/** Kept steps that an answer names. */
const MOST_KEPT = 100;

/** The reply with what only the beginning of the run tells. */
function begun({ warnings, forkedFrom, rerunOf, keptSteps }: Start, reply: RunReply): RunReply {
  return {
    ...reply,
    ...(warnings.length > 0 && { warnings }),
    ...(rerunOf !== null && { rerun_of: rerunOf }),
    ...(forkedFrom !== null && {
      forked_from: parseJson(forkedFrom) as unknown as ForkedFrom,
      kept_steps: keptSteps.slice(0, MOST_KEPT),
      ...(keptSteps.length > MOST_KEPT && { truncated: true }),
    }),
  };
}

/** Waits for a run's first commit; BUSY when the store takes none for longer than the caller waits. */
async function stored(engine: Engine, committed: Promise<void>, waitMs: number): Promise<void> {
  let disarm = () => {};
  const late = new Promise<never>((_, reject) => {
    const refuse = () =>
      reject(
        new OpcodeError(
          "BUSY",
          "the run could not be stored yet and may still be, later: " +
            "only with the same idempotency_key another try is sure to be no second run",
          { details: { retry_after_ms: 1_000, maybe_stored: true } },
        ),
      );
    disarm = engine.env.clock.after(Math.max(waitMs, STORE_PATIENCE_MS), refuse);
  });
  await Promise.race([committed, late]).finally(() => disarm());
}
