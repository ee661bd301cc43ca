// What a run begins as that goes on from a step of another one: the request's run and step, checked.

import { faultAt, placeOf } from "../../core/fault-at.ts";
import { isDeepStrictEqual } from "node:util";
import { OpcodeError } from "../../core/errors.ts";
import { parseJson } from "../../core/exact-json.ts";
import type { JsonObject } from "../../core/json.ts";
import { insteadOf } from "../../core/instead-of.ts";
import { isTerminal } from "../../core/status.ts";
import { quoted } from "../../core/text.ts";
import type { ForkedFrom, RunRequest } from "../api.ts";
import type { Plan } from "../definition/plan.ts";
import type { StepDefinition } from "../definition/types.ts";
import type { Engine } from "./shared.ts";
import { checkIdentifier, checkStepId } from "../identifiers.ts";
import { inputsRead } from "../definition/inputs-read.ts";
import { refuseRemoved } from "../state/removed.ts";
import { inputsOf } from "../state/unsealed.ts";
import { forkState } from "../recovery/fork-state.ts";
import { keptSteps as stepsToKeep, unaskedSteps } from "../recovery/kept-steps.ts";
import type { EffectiveInputs } from "../state/new-run.ts";
import { type Items, readItems, restoreRun } from "../recovery/restore.ts";
import type { RunState, StepState } from "../state/state.ts";
import { overtakenBy } from "./newer-version.ts";
import { workflowNotFound } from "./status.ts";
import { RunSecrets } from "../secrecy/run-secrets.ts";
import { PARAMS_SLOT } from "../secrecy/sealed.ts";
import { NO_OUTPUTS, type RunRecord, type RunRow } from "../store/store.ts";
import type { Sealer } from "../vault/sealer.ts";
import type { Secrets } from "../vault/secrets.ts";
import { formatVersion, parseVersion } from "../version.ts";

/** What a run executes and is given, and the state it begins in. */
export interface Beginning {
  plan: Plan;
  params: JsonObject;
  /** JSON text of `{workflow_id, step_id}`; null for a run that begins from nothing. */
  forkedFrom: string | null;
  /** The id of the run that it does again. */
  rerunOf: string | null;
  /** The state of the run that has this row; `inputs` are the effective ones. */
  open(row: RunRow, inputs: EffectiveInputs): RunState;
  /** What whoever starts it should know, once it is open. */
  warnings: string[];
  /** The top-level steps of another run that stay as they were, once it is open. */
  keptSteps: string[];
}

const RUN_TO_NAME = "is required with from_step: write the id of the run that has the step, as " +
  'opcode.query {"resource": "workflows"} lists it; a new run from the beginning has neither';
const STEP_TO_NAME =
  "is required with from_run: write the id of the top-level step with which the new run begins, such " +
  "as that which failed; what came before it is taken over (opcode.status of the run lists its " +
  "steps). To do all of it again, leave from_run out and write template_name and params";

/** From which step of which run a request goes on. */
export function forkPoint({ from_run, from_step }: RunRequest): ForkedFrom {
  if (from_run === undefined) throw faultAt("from_run", RUN_TO_NAME);
  const workflow_id = checkIdentifier("from_run", from_run);
  if (!from_step) throw faultAt("from_step", STEP_TO_NAME);
  return { workflow_id, step_id: checkStepId("from_step", from_step) };
}

/**
 * Reads the run to go on from. VALIDATION_ERROR and NOT_FOUND name what is wrong with the request;
 * `open` throws CONFLICT while that run is active, and VALIDATION_ERROR when a step that would be
 * kept differs in the wanted version.
 */
export async function forkBeginning(
  engine: Engine,
  request: RunRequest,
  given: JsonObject | undefined,
): Promise<Beginning> {
  const { env } = engine;
  const point = forkPoint(request);
  const { workflow_id: id, step_id: fromStep } = point;
  const record = await env.store.readRun(id, { events: 0, seals: true });
  if (!record) throw workflowNotFound(id);
  refuseRemoved(record.run);
  const { templateName, templateVersion } = record.run;
  if (request.template_name !== undefined && request.template_name !== templateName) {
    throw faultAt("template_name", `must be "${templateName}", as in from_run, or left out`);
  }
  const pinned = await env.planToRun(templateName, templateVersion);
  const plan = request.version
    ? await env.plan(templateName, parseVersion(request.version))
    : pinned;
  for (const each of new Set([pinned, plan])) checkStep(each, fromStep);
  const items = await readItems(env.store, record);
  const secrets = new RunSecrets(env.secrets, { runId: id, seals: record.seals });
  await secrets.prepare();
  let source: Source | null = { record, items, secrets, pinned };
  const warnings = request.version ? [] : await overtakenBy(
    engine,
    record.run,
    (own, latest) =>
      `it runs ${own}, as from_run did; ${latest} is the latest, which version "latest" asks for`,
  );
  const keptSteps: string[] = [];
  return {
    warnings,
    keptSteps,
    plan,
    params: mergedParams(plan, paramsOf(record, env.secrets), given),
    forkedFrom: JSON.stringify(point),
    rerunOf: null,
    open(row, inputs) {
      const from = source!;
      // Whoever waits for the new run's end holds this object all the while.
      source = null;
      return forkOf(from, { row, plan, fromStep, vault: env.secrets, inputs, warnings, keptSteps });
    },
  };
}

interface Source {
  record: RunRecord;
  items: Items;
  secrets: RunSecrets;
  pinned: Plan;
}

function forkOf(
  { record, items, secrets, pinned }: Source,
  wanted: {
    row: RunRow;
    plan: Plan;
    fromStep: string;
    vault: Secrets & Sealer;
    inputs: EffectiveInputs;
    warnings: string[];
    keptSteps: string[];
  },
): RunState {
  const { row, plan, fromStep, vault, inputs, warnings, keptSteps } = wanted;
  refuseMoving(record.run);
  const source = restoreRun(record, { plan: pinned, items, secrets });
  const point = { source, plan, fromStep };
  const kept = stepsToKeep(point);
  const unasked = unaskedSteps(point, kept);
  if (plan !== pinned) refuseChanged(kept, pinned, plan);
  const run = forkState({ row, plan, record, source, kept, items, vault });
  keptSteps.push(...kept);
  if (unasked.length > 0) warnings.push(runsToo(unasked, fromStep));
  warnings.push(...readOtherwise(plan, kept, { before: inputsOf(source), now: inputs.inputs }));
  return run;
}

/** Steps that a warning names, and warnings. */
const MOST_NAMED = 5;
const MOST_WARNINGS = 10;

/** Which steps run again that neither are the one to begin from nor follow from it. */
function runsToo(steps: readonly StepState[], fromStep: string): string {
  const told = steps.slice(0, MOST_NAMED).map(({ id, row }) => `"${id}" (${row.status})`);
  const more = steps.length > MOST_NAMED ? ` and ${steps.length - MOST_NAMED} more` : "";
  return `not only "${fromStep}" and what follows from it run again, also what had not ended well ` +
    `in from_run: ${told.join(", ")}${more}`;
}

/** Which inputs are not what kept steps have read: their outputs are those of before. */
function readOtherwise(
  plan: Plan,
  kept: ReadonlySet<string>,
  { before, now }: { before: JsonObject; now: JsonObject },
): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(now)]);
  const changed = [...names].filter((name) => !isDeepStrictEqual(before[name], now[name]));
  if (changed.length === 0) return [];
  const steps = plan.definition.steps.filter(({ id }) => kept.has(id))
    .map((step) => ({ id: step.id, reads: inputsRead({ steps: [step] }) }));
  const warnings = changed.flatMap((name) => {
    const readers = steps.filter(({ reads }) => reads === undefined || reads.has(name));
    const [first] = readers;
    if (!first) return [];
    const ids = readers.slice(0, MOST_NAMED).map(({ id }) => `"${id}"`).join(", ");
    const more = readers.length > MOST_NAMED ? ` and ${readers.length - MOST_NAMED} more` : "";
    return [
      `params.${name} is not what it was, and the kept ${
        readers.length === 1 ? "step" : "steps"
      } ` +
      `${ids}${more} read it: what they gave is of before; from_step "${first.id}" does them again`,
    ];
  });
  return warnings.slice(0, MOST_WARNINGS);
}

/** Bytes of the outputs of a run that may be gone on from; 0 when there is none. */
export async function forkSize({ env }: Engine, id: unknown): Promise<number> {
  const from = checkIdentifier("from_run", id);
  const record = await env.store.readRun(from, { events: 0, outputs: NO_OUTPUTS });
  return record?.steps.reduce((sum, { outputSize }) => sum + outputSize, 0) ?? 0;
}

/**
 * The run's params, but those that are given anew, and, if there are any, that the wanted version
 * cannot mean: who changes one does not mean to drop the others.
 */
export function mergedParams(
  plan: Plan,
  before: JsonObject,
  given: JsonObject | undefined,
): JsonObject {
  if (given === undefined) return before;
  const kept = Object.entries(before).filter(([name]) => {
    const unknown = plan.unknownParam([name]);
    return unknown === undefined || unknown.undeclared;
  });
  return { ...Object.fromEntries(kept), ...given };
}

/** What the run was given. Throws VAULT_ERROR when that holds secrets and the vault is locked. */
export function paramsOf({ run, seals }: RunRecord, vault: Secrets & Sealer): JsonObject {
  const sealed = new RunSecrets(vault, { runId: run.id, seals }).sealed<JsonObject>(PARAMS_SLOT);
  return sealed?.open() ?? parseJson(run.params) as JsonObject;
}

function checkStep(plan: Plan, id: string): void {
  const ids = plan.steps.slice(0, plan.topLevel).map((step) => step.id);
  if (ids.includes(id)) return;
  const of = `"${plan.templateName}" ${formatVersion(plan.templateVersion)}`;
  throw faultAt("from_step", `${quoted(id)} is not a top-level step of ${of}${insteadOf(id, ids)}`);
}

function refuseMoving({ id, status }: RunRow): void {
  if (isTerminal(status) || status === "suspended") return;
  throw new OpcodeError(
    "CONFLICT",
    `from_run: workflow "${id}" is ${status}; it must have ended or be suspended`,
    { details: { ...placeOf("from_run"), workflow_id: id, from: status } },
  );
}

/** What is kept must have come from the step that the new run has. */
function refuseChanged(kept: ReadonlySet<string>, pinned: Plan, plan: Plan): void {
  const wanted = new Map(plan.definition.steps.map((step) => [step.id, step]));
  const changed = pinned.definition.steps.find((step) =>
    kept.has(step.id) && !isSame(step, wanted.get(step.id))
  );
  if (!changed) return;
  const [before, after] = [pinned, plan].map((each) => formatVersion(each.templateVersion));
  const { id } = changed;
  throw faultAt(
    "version",
    `step "${id}" would be kept, but it is not the same in ${before} and ${after}; ` +
      "begin from it or from a step before it",
    { step_id: id },
  );
}

function isSame(one: StepDefinition, other: StepDefinition | undefined): boolean {
  return isDeepStrictEqual(one, other);
}
