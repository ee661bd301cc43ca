// How a template gets its next version: validated whole, then stored in one commit, unless it is the
// one that the latest version has.

import { faultAt } from "../../core/fault-at.ts";
import { OpcodeError } from "../../core/errors.ts";
import type { Json } from "../../core/json.ts";
import { isLongerThan, isStorable } from "../../core/text.ts";
import type { Rights } from "../access.ts";
import type { DefineReply, DefineRequest, Issue } from "../api.ts";
import { LONGEST_DESCRIPTION } from "../contract/terms.ts";
import { checkDefinition } from "../definition/check.ts";
import { listed, reportError, type ValidationReport } from "../definition/report.ts";
import { childWarnings } from "./child-warnings.ts";
import type { Engine } from "./shared.ts";
import { checkIdentifier } from "../identifiers.ts";
import { isUnchanged } from "./same-template.ts";
import { emptyHandOver, type TemplateRow } from "../store/store.ts";
import { formatVersion } from "../version.ts";

export async function define(
  engine: Engine,
  request: DefineRequest,
  rights?: Rights,
): Promise<DefineReply> {
  const { name, agentId, report } = await check(engine, request, rights);
  if (report.errors.length > 0) throw reportError(report);
  // One name at a time: versions are allocated by reading the latest, without gaps or clashes.
  const { version, unchanged } = await engine.defines.run(
    name,
    () => store(engine, request, name, agentId),
  );
  const { warnings } = listed(report);
  return {
    name,
    version: formatVersion(version),
    ...(unchanged && { unchanged }),
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
): Promise<{ name: string; agentId: string; report: ValidationReport }> {
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
    secretRead: (secret, path) => secrets.has(secret) || secrets.set(secret, path),
  });
  const denied = rights &&
    report.tree?.all.find(({ step }) => step.action && !rights.uses(step.action));
  if (denied) throw rights.actionDenial(denied.step.action!);
  const { tree } = report;
  if (report.errors.length === 0) {
    report.warnings.push(...lacking(engine, secrets), ...inert(request), ...mistakable(name));
    if (tree) report.warnings.push(...await childWarnings(engine, { name, tree, rights }));
  }
  return { name, agentId, report };
}

/**
 * Secrets that nobody has stored yet, each where it is first read. It tells no more than a run of
 * the definition would: secrets belong to the daemon, and every workflow may use them by name.
 */
function lacking({ env }: Engine, secrets: ReadonlyMap<string, string>): Issue[] {
  return [...secrets].filter(([name]) => !env.secrets.has(name)).map(([name, path]) => ({
    path,
    code: "NOT_FOUND",
    message:
      `secret "${name}" is not stored yet: until a person runs "opcode secret set ${name}", ` +
      "the step fails",
    severity: "warning",
  }));
}

/** What is stored as asked but has no effect in this version. */
function inert(request: DefineRequest): Issue[] {
  const warn = (path: string, message: string): Issue => ({
    path,
    code: "ACTION_UNAVAILABLE",
    message,
    severity: "warning",
  });
  if (request.triggers === undefined) return [];
  return [warn("triggers", "are stored, but nothing is scheduled yet")];
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

async function store(
  engine: Engine,
  request: DefineRequest,
  name: string,
  agentId: string,
): Promise<{ version: number; unchanged?: true }> {
  const { env } = engine;
  const text = (value: Json | undefined) => value === undefined ? null : JSON.stringify(value);
  const now = env.clock.now();
  const latest = await env.store.template(name, null);
  if (latest && isUnchanged(request, latest)) return { version: latest.version, unchanged: true };
  const row: TemplateRow = {
    name,
    version: (latest?.version ?? 0) + 1,
    description: request.description ?? null,
    definition: JSON.stringify(request.definition),
    inputSchema: text(request.input_schema),
    outputSchema: text(request.output_schema),
    triggers: text(request.triggers),
    agentId,
    createdAt: now,
  };
  const handOver = emptyHandOver();
  handOver.templates.push(row);
  handOver.agents.push({ id: agentId, at: now });
  const result = await engine.commit(handOver);
  if (!result.ok) {
    if (result.reason === "closed") throw result.error;
    throw new OpcodeError("STORE_ERROR", "the template was not stored");
  }
  engine.templates.stored(name, row.version);
  return { version: row.version };
}
