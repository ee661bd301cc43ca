// How a template, a run, or a definition that nobody has stored is drawn.

import { faultAt, placeOf } from "../../core/fault-at.ts";
import type { Party } from "../../core/fair-queue.ts";
import { isTerminal } from "../../core/status.ts";
import { inSlices } from "../../core/slices.ts";
import { OpcodeError } from "../../core/errors.ts";
import type { DiagramReply, DiagramRequest } from "../api.ts";
import {
  DEFAULT_FORMAT,
  DIAGRAM_FORMATS,
  type DiagramFormat,
  type SketchRequest,
} from "../contract/diagram.ts";
import { drawInWorker } from "../../embed/drawer.ts";
import type { Picture } from "../../embed/diagram/picture.ts";
import { renderMermaid } from "../diagram/mermaid.ts";
import { buildDiagram } from "../diagram/draw.ts";
import { checkDefinition } from "../definition/check.ts";
import { reportError } from "../definition/report.ts";
import type { WorkflowDefinition } from "../definition/types.ts";
import { countOf, fold, type Readable } from "../diagram/fold.ts";
import { pictureOf, type Standing } from "../diagram/picture.ts";
import type { StepStatuses } from "../diagram/overlay.ts";
import type { Plan } from "../definition/plan.ts";
import type { Engine } from "./shared.ts";
import { checkIdentifier } from "../identifiers.ts";
import { workflowNotFound } from "./status.ts";
import { removedAt } from "../state/removed.ts";
import { storedHalt } from "../actor/report.ts";
import { parseVersion } from "../version.ts";

/** What a workflow's diagram leaves no meaning to. */
const INSTEAD = {
  template_name: "give one of them",
  version: "a workflow is drawn by the version that it runs; of another, give template_name",
} as const;

/** `agent`: who asks, where that is known; else the agent of the run that is drawn. */
export async function draw(
  engine: Engine,
  request: DiagramRequest,
  agent?: string,
): Promise<DiagramReply> {
  const format = formatOf(request);
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
      ...(isTerminal(run.status) ? {} : notBegun(plan)),
      ...Object.fromEntries(begun),
      ...stopped(storedHalt(run).interrupted ?? []),
    };
    const standing = { steps: statuses, run: run.status };
    const isBare = request.include_status === false || removedAt(run) !== undefined;
    const shown = isBare ? undefined : standing;
    const party = { agent: agent ?? run.agentId, run: id };
    const of = { definition: plan.definition, name: run.templateName, standing: shown, party };
    return { format, diagram: await drawn(engine, format, of) };
  }
  if (!request.template_name) {
    throw new OpcodeError("VALIDATION_ERROR", "one of template_name or workflow_id is required", {
      details: placeOf("template_name"),
    });
  }
  const name = checkIdentifier("template_name", request.template_name);
  const { definition } = await env.plan(name, parseVersion(request.version));
  const party = { agent: agent ?? "", run: name };
  return { format, diagram: await drawn(engine, format, { definition, name, party }) };
}

/** Draws what `define` would take; VALIDATION_ERROR as there. `agent`: who asks, where that is known. */
export async function sketch(
  engine: Engine,
  request: SketchRequest,
  agent = "",
): Promise<DiagramReply> {
  const format = formatOf(request);
  const { registry, schemas, evaluate } = engine.env;
  const { definition } = request;
  const party = { agent, run: "sketch" };
  const report = await checkDefinition({ definition }, {
    ...{ registry, limits: engine.limits, schemas, evaluate, slicing: engine.slicing, party },
  });
  if (report.errors.length > 0) throw reportError(report);
  const of = { definition: definition as unknown as WorkflowDefinition, party };
  return { format, diagram: await drawn(engine, format, of) };
}

function formatOf({ format = DEFAULT_FORMAT }: { format?: string }): DiagramFormat {
  const known = DIAGRAM_FORMATS.find((one) => one === format);
  if (known) return known;
  throw faultAt("format", `must be ${DIAGRAM_FORMATS.map((one) => `"${one}"`).join(" or ")}`);
}

/** What can be read in each format; of more, some is drawn as one. */
const READABLE: Readonly<Record<DiagramFormat, Readable>> = {
  ascii: { boxes: 60, arrows: 90 },
  image: { boxes: 50, arrows: 110, beside: 16 },
  mermaid: { boxes: 150, arrows: 250, beside: 24, apart: true },
  svg: { boxes: 100, arrows: 200, beside: 24 },
};
/** Characters that Mermaid takes, unless told otherwise; it takes 500 arrows. */
const MOST_TEXT = 50_000;
/** Of the boxes of a text that was too long, how many the next one has. */
const NEXT = 0.7;
/** Boxes that are not folded any more for that. */
const FEWEST = 10;

interface Drawing {
  definition: WorkflowDefinition;
  /** Its template's. */
  name?: string;
  standing?: Standing | undefined;
  /** On whose behalf, of which run or template. */
  party: Party;
}

async function drawn(engine: Engine, format: DiagramFormat, of: Drawing): Promise<string> {
  const picture = await inSlices(picturing(format, of), engine.slicing());
  if (format === "mermaid") return await inSlices(mermaidOf(picture), engine.slicing());
  try {
    return await drawInWorker(format, picture, { party: of.party });
  } catch (thrown) {
    if (!(thrown instanceof OpcodeError) || thrown.code !== "TIMEOUT_ERROR") throw thrown;
    throw new OpcodeError(thrown.code, `${thrown.message}: format mermaid needs no layout`, {
      details: { path: "format", ...thrown.details },
    });
  }
}

function* picturing(
  format: DiagramFormat,
  { definition, name, standing }: Drawing,
): Generator<void, Picture> {
  const model = buildDiagram(definition, name);
  yield;
  return yield* fold(yield* pictureOf(model, standing), READABLE[format]);
}

/** Folds until the text is one that Mermaid takes. */
function* mermaidOf(picture: Picture): Generator<void, string> {
  for (let boxes = countOf(picture);; boxes = Math.floor(boxes * NEXT)) {
    const text = yield* renderMermaid(yield* fold(picture, { ...READABLE.mermaid, boxes }));
    if (text.length <= MOST_TEXT || boxes < FEWEST) return text;
  }
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
