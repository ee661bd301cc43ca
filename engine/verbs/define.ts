// How a template gets its next version: validated whole, then stored in one commit, unless it is the
// one that the latest version has.

import { faultAt } from "../../core/fault-at.ts";
import { OpcodeError } from "../../core/errors.ts";
import { parseJson } from "../../core/exact-json.ts";
import { type Json, type JsonObject } from "../../core/json.ts";
import { isLongerThan, isStorable } from "../../core/text.ts";
import type { Rights } from "../access.ts";
import type { DefineReply, DefineRequest, Issue } from "../api.ts";
import { LONGEST_DESCRIPTION } from "../contract/terms.ts";
import { checkDefinition } from "../definition/check.ts";
import { compilePlan } from "../definition/compile.ts";
import type { Plan } from "../definition/plan.ts";
import { listed, reportError, type ValidationReport } from "../definition/report.ts";
import { childWarnings } from "./child-warnings.ts";
import type { Engine } from "./shared.ts";
import { checkIdentifier } from "../identifiers.ts";
import { isUnchanged } from "./same-template.ts";
import { retimed } from "../schedules/timing.ts";
import { lackingOfNotify, refuseNotify, refuseNotifying } from "../callbacks/check.ts";
import {
  checkMap,
  doubtfulHooks,
  lackingOfHooks,
  refuseUnreachable,
  refuseUntaken,
} from "../hooks/check.ts";
import { webhookReport } from "../hooks/proof.ts";
import { type Trigger, triggerChanges } from "../schedules/triggers.ts";
import { commitUnlessOvertaken } from "./overtaken.ts";
import { lackingSecret } from "../vault/lacking.ts";
import { TriggerFaults } from "../trigger-faults.ts";
import { NO_TRIGGERS, readTriggers, ruleOf, type Triggers } from "../triggers.ts";
import { droppedParts } from "./dropped-parts.ts";
import { refuseParams } from "../state/given-params.ts";
import { emptyHandOver, type HandOver, type TemplateRow } from "../store/store.ts";
import { goOnAfter } from "../schedules/goes-on.ts";
import { timed } from "./schedules.ts";
import { formatVersion } from "../version.ts";

export async function define(
  engine: Engine,
  request: DefineRequest,
  rights?: Rights,
): Promise<DefineReply> {
  const { name, agentId, report, triggers } = await check(engine, request, rights);
  if (report.errors.length > 0) throw reportError(report);
  // One name at a time: versions are allocated by reading the latest, without gaps or clashes.
  const { version, unchanged, dropped } = await engine.defines.run(
    name,
    () => store(engine, request, { name, agentId, triggers }),
  );
  report.warnings.unshift(...dropped);
  const { warnings } = listed(report);
  const { webhook } = triggers;
  return {
    name,
    version: formatVersion(version),
    ...(unchanged && { unchanged }),
    ...(webhook.length > 0 && { webhooks: webhook.map((hook) => webhookReport(name, hook)) }),
    ...(warnings && { warnings }),
  };
}

/**
 * What is checked of a template before anything is stored, whether or not it will be. `rights`: those
 * of the agent that defines it; PERMISSION_DENIED for an action that they do not have.
 */
export async function check(
  engine: Engine,
  request: DefineRequest,
  rights?: Rights,
): Promise<Checked & { report: ValidationReport }> {
  const name = checkIdentifier("name", request.name);
  const agentId = checkIdentifier("agent_id", request.agent_id);
  if (request.description !== undefined && !isStorable(request.description)) {
    throw faultAt("description", "must not hold NUL characters or halves of surrogate pairs");
  }
  if (request.description !== undefined && isLongerThan(request.description, LONGEST_DESCRIPTION)) {
    throw faultAt("description", `must have at most ${LONGEST_DESCRIPTION} characters`);
  }
  const secrets = new Map<string, string>();
  const report = await checkDefinition(request, {
    registry: engine.env.registry,
    limits: engine.limits,
    schemas: engine.env.schemas,
    evaluate: engine.env.evaluate,
    slicing: engine.slicing,
    party: { agent: agentId, run: "define" },
    linksRefused: engine.env.links.refused,
    secretRead: (secret, path) => secrets.has(secret) || secrets.set(secret, path),
  });
  const denied = rights &&
    report.tree?.all.find(({ step }) => step.action && !rights.uses(step.action));
  if (denied) throw rights.actionDenial(denied.step.action!);
  const triggers = await checkTriggers(engine, request, { name, agentId, report });
  refuseNotifying(triggers.notify, rights);
  const { tree } = report;
  if (report.errors.length === 0) {
    await seekLacking(engine, [
      ...secrets.keys(),
      ...triggers.webhook.map(({ secret }) => secret),
      triggers.notify?.secret,
    ]);
    report.warnings.push(
      ...lacking(engine, secrets),
      ...lackingOfHooks(engine.env, triggers.webhook),
      ...lackingOfNotify(engine.env, triggers.notify),
      ...mistakable(name),
    );
    if (tree) report.warnings.push(...await childWarnings(engine, { name, tree, rights }));
  }
  return { name, agentId, report, triggers };
}

/** Of what is checked, that by which it is stored. */
interface Checked {
  name: string;
  agentId: string;
  triggers: Triggers;
}

/** What the triggers say; what is wrong with them goes to the report, of which each is one error. */
async function checkTriggers(
  engine: Engine,
  request: DefineRequest,
  { name, agentId, report }: { name: string; agentId: string; report: ValidationReport },
): Promise<Triggers> {
  const faults = new TriggerFaults();
  // What is no object, or too long, is told already.
  const isTold = report.errors.some(({ path }) => path === "triggers");
  const triggers = isTold ? NO_TRIGGERS : readTriggers(request.triggers, faults);
  faults.take(() => refuseNotify(engine.env, triggers.notify));
  faults.take(() => refuseUnreachable(name, triggers.webhook));
  if (report.errors.length === 0 && triggers.cron.length + triggers.webhook.length > 0) {
    const row = templateRow(engine, request, { name, agentId });
    const plan = await compilePlan(row, engine.env.registry, engine.slicing());
    faults.take(() => refuseUntaken(plan, triggers.webhook));
    await checkTriggerParams(engine, { plan, agentId, cron: triggers.cron }, faults);
    for (const hook of triggers.webhook) await faults.wait(() => checkMap(engine.env, hook));
    report.warnings.push(...doubtfulHooks(plan, triggers.webhook));
  }
  for (const fault of faults.found) {
    const { path, rule } = ruleOf(fault);
    report.errors.push({ path, code: fault.code, message: rule, severity: "error" });
  }
  return triggers;
}

/** A fault for params with which no run of the template could begin. */
async function checkTriggerParams(
  { env }: Engine,
  { plan, agentId, cron }: { plan: Plan; agentId: string; cron: readonly Trigger[] },
  faults: TriggerFaults,
): Promise<void> {
  const party = { agent: agentId, run: "define" };
  for (const { path, rules } of cron) {
    await faults.wait(async () => {
      try {
        await refuseParams(env, plan, parseJson(rules.params) as JsonObject, { party });
      } catch (thrown) {
        if (!(thrown instanceof OpcodeError)) throw thrown;
        const found = ruleOf(thrown);
        throw faultAt(`${path}.params`, `${found.path}: ${found.rule}`);
      }
    });
  }
}

/** Another node may have stored them a moment ago. */
async function seekLacking(
  { env: { secrets } }: Engine,
  names: readonly (string | null | undefined)[],
): Promise<void> {
  const lacking = names.find((name) => typeof name === "string" && !secrets.has(name));
  // Whoever looks for one finds them all.
  if (lacking) await secrets.seek?.(lacking);
}

/**
 * Secrets that nobody has stored yet, each where it is first read. It tells no more than a run of
 * the definition would: secrets belong to the daemon, and every workflow may use them by name.
 */
function lacking({ env }: Engine, secrets: ReadonlyMap<string, string>): Issue[] {
  return [...secrets].flatMap(([name, path]) =>
    lackingSecret(env.secrets, name, { path, until: "the step fails" })
  );
}

/** The hand-over with what becomes of the schedules that the template's triggers are. */
async function withSchedules(
  { env }: Engine,
  handOver: HandOver,
  { name, agentId, triggers }: Checked,
): Promise<HandOver> {
  const known = await env.store.triggersOf(name);
  const { cron } = triggers;
  if (known.length === 0 && cron.length === 0) return handOver;
  const now = env.clock.now();
  const { changes, scheduling } = triggerChanges(
    {
      template: name,
      agentId,
      triggers: cron,
      known,
      now,
      after: await goOnAfter(env.store, known, now),
    },
    timed,
  );
  const times = changes.map(({ old, row }) => retimed(old, row));
  return {
    ...handOver,
    scheduling,
    claims: times.flatMap(({ claims }) => claims),
    timers: times.flatMap(({ timers }) => timers),
  };
}

/** The template as it would be stored as its first version. */
function templateRow(
  { env }: Engine,
  request: DefineRequest,
  { name, agentId }: { name: string; agentId: string },
): TemplateRow {
  const text = (value: Json | undefined) => value === undefined ? null : JSON.stringify(value);
  return {
    name,
    version: 1,
    description: request.description ?? null,
    definition: JSON.stringify(request.definition),
    inputSchema: text(request.input_schema),
    outputSchema: text(request.output_schema),
    triggers: text(request.triggers),
    agentId,
    createdAt: env.clock.now(),
    archivedAt: null,
  };
}

/** A name that the command line takes for a run where it takes both, and nobody can type it then. */
function mistakable(name: string): Issue[] {
  const means = name === "last"
    ? "the newest run"
    : RUN_ID.test(name)
    ? "the run of that id"
    : undefined;
  if (means === undefined) return [];
  return [{
    path: "name",
    code: "VALIDATION_ERROR",
    message:
      `"${name}" means ${means} wherever a run is asked for, as in "opcode status ${name}": ` +
      "another name is safer",
    severity: "warning",
  }];
}

/** As ids of runs look. */
const RUN_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** What is not done with a name that is archived. */
export const NO_VERSION = "no version of it is defined";

/** How often it is tried to be the one whose version comes next, where other processes define, too. */
const MOST_TRIES = 5;

interface Defined {
  version: number;
  unchanged?: true;
  dropped: Issue[];
}

async function store(engine: Engine, request: DefineRequest, checked: Checked): Promise<Defined> {
  const { store: rows } = engine.env;
  const { name } = checked;
  for (let tries = 1;; tries++) {
    await engine.templates.refuseArchived(name, NO_VERSION);
    const latest = await rows.template(name, null);
    try {
      return await storeAfter(engine, latest, request, checked);
    } catch (thrown) {
      const newest = rows.ownership && tries < MOST_TRIES && await rows.newestVersion(name);
      if (!newest || newest.version === latest?.version) throw thrown;
    }
  }
}

/** As the version after the latest, unless it is the same. */
async function storeAfter(
  engine: Engine,
  latest: TemplateRow | null,
  request: DefineRequest,
  checked: Checked,
): Promise<Defined> {
  const { name, agentId } = checked;
  if (latest && isUnchanged(request, latest)) {
    return { version: latest.version, unchanged: true, dropped: [] };
  }
  const row: TemplateRow = {
    ...templateRow(engine, request, checked),
    version: (latest?.version ?? 0) + 1,
  };
  const handOver = emptyHandOver();
  handOver.templates.push(row);
  handOver.agents.push({ id: agentId, at: row.createdAt });
  handOver.hooks = {
    templateName: name,
    hooks: checked.triggers.webhook.map(({ path: _, ...hook }) => ({
      ...hook,
      templateName: name,
      agentId,
      createdAt: row.createdAt,
    })),
  };
  await commitUnlessOvertaken(
    engine,
    () => withSchedules(engine, handOver, checked),
    "the template was not stored",
  );
  engine.templates.stored(name, row.version);
  return { version: row.version, dropped: droppedParts(request, latest) };
}
