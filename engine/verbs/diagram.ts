// How a template or a run is drawn.

import { faultAt, placeOf } from "../../core/fault-at.ts";
import { inSlices } from "../../core/slices.ts";
import { OpcodeError } from "../../core/errors.ts";
import type { DiagramReply, DiagramRequest } from "../api.ts";
import { DEFAULT_FORMAT, DIAGRAM_FORMATS } from "../contract/diagram.ts";
import { renderMermaid } from "../diagram/mermaid.ts";
import { buildDiagram } from "../diagram/draw.ts";
import type { StepStatuses } from "../diagram/overlay.ts";
import type { Plan } from "../definition/plan.ts";
import type { Engine } from "./shared.ts";
import { checkIdentifier } from "../identifiers.ts";
import { workflowNotFound } from "./status.ts";
import { storedHalt } from "../actor/report.ts";
import { parseVersion } from "../version.ts";

/** What a workflow's diagram leaves no meaning to. */
const INSTEAD = {
  template_name: "give one of them",
  version: "a workflow is drawn by the version that it runs; of another, give template_name",
} as const;

export async function draw(engine: Engine, request: DiagramRequest): Promise<DiagramReply> {
  const { format = DEFAULT_FORMAT } = request;
  if (!(DIAGRAM_FORMATS as readonly string[]).includes(format)) {
    throw faultAt("format", `must be ${DIAGRAM_FORMATS.map((one) => `"${one}"`).join(" or ")}`);
  }
  const { env } = engine;
  if (request.workflow_id) {
    const id = checkIdentifier("workflow_id", request.workflow_id);
    for (const other of ["template_name", "version"] as const) {
      if ((request[other] || undefined) === undefined) continue;
      throw faultAt(other, `has no meaning beside workflow_id: ${INSTEAD[other]}`);
    }
    const run = await env.store.runHead(id);
    if (!run) throw workflowNotFound(id);
    const plan = await env.plan(run.templateName, run.templateVersion);
    const steps = await env.store.stepStatuses(run.runNo);
    const begun = steps.map((step) => [step.stepId, step] as const);
    const statuses = {
      ...notBegun(plan),
      ...Object.fromEntries(begun),
      ...stopped(storedHalt(run).interrupted ?? []),
    };
    const shown = request.include_status === false ? undefined : statuses;
    return { format, diagram: await drawn(engine, plan, shown) };
  }
  if (!request.template_name) {
    throw new OpcodeError("VALIDATION_ERROR", "one of template_name or workflow_id is required", {
      details: placeOf("template_name"),
    });
  }
  const name = checkIdentifier("template_name", request.template_name);
  const plan = await env.plan(name, parseVersion(request.version));
  return { format, diagram: await drawn(engine, plan) };
}

function drawn({ slicing }: Engine, plan: Plan, statuses?: StepStatuses): Promise<string> {
  return inSlices(drawing(plan, statuses), slicing());
}

function* drawing({ definition }: Plan, statuses?: StepStatuses): Generator<void, string> {
  const model = buildDiagram(definition);
  yield;
  return yield* renderMermaid(model, statuses);
}

/** A step that a restart has cut short waits for somebody, whatever its row says. */
function stopped(interrupted: readonly string[]): StepStatuses {
  return Object.fromEntries(interrupted.map((id) => [id, { status: "suspended" }]));
}

/** Every top-level step as pending. */
function notBegun(plan: Plan): StepStatuses {
  const steps = plan.steps.slice(0, plan.topLevel);
  return Object.fromEntries(steps.map(({ id }) => [id, { status: "pending" }]));
}
