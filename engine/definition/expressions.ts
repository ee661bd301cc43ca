// Whether the expressions and `${{…}}` templates of a definition compile and name real steps.

import { OpcodeError } from "../../core/errors.ts";
import { isObject } from "../../core/json.ts";
import type { Json } from "../../core/json.ts";
import type { CelCompiler } from "../interpolate/parse.ts";
import { celReads, readTemplate } from "../interpolate/references.ts";
import { celSource } from "./cel-source.ts";
import { tokenLookalike } from "./lookalikes.ts";
import { checkDefaults, checkReads, type ReadScope } from "./reads.ts";
import { member, quote, type Report } from "./report.ts";
import { createScope, type Reader, type StepScope } from "./step-references.ts";
import { type StepNode, type StepTree, typeOf } from "./tree.ts";
import type { ReasoningConfig } from "./types.ts";

/** Compiles CEL; throws OpcodeError with what is wrong. An absent one finds nothing wrong. */
export interface ExpressionChecks {
  compileCel?: CelCompiler;
}

interface Walk {
  compileCel: CelCompiler;
  scope: ReadScope;
  report: Report;
}

export function checkExpressions(
  tree: StepTree,
  checks: ExpressionChecks & Omit<ReadScope, keyof StepScope>,
  report: Report,
): void {
  const { compileCel = () => ({ evaluate: () => null }), ...known } = checks;
  const walk: Walk = { compileCel, scope: { ...known, ...createScope(tree) }, report };
  checkDefaults(walk.scope, report);
  checkTemplates(known.definition.inputs, { path: "inputs" }, walk);
  for (const node of tree.all) checkStep(node, walk);
}

function checkStep(node: StepNode, walk: Walk): void {
  const { step, path } = node;
  if (step.condition !== undefined) {
    checkCel(step.condition, { path: `${path}.condition`, node }, walk);
  }
  checkTemplates(step.params, { path: `${path}.params`, node }, walk);
  const config = (step.config ?? {}) as Record<string, Json>;
  const at = (key: string): Reader => ({ path: `${path}.config.${key}`, node });
  const type = typeOf(step);
  if (type === "condition") {
    checkCel(config.expression as string, at("expression"), walk);
  } else if (type === "loop") {
    checkLoop(node, config, walk);
  } else if (type === "wait") {
    for (const key of ["duration", "signal"]) checkTemplates(config[key], at(key), walk);
  } else if (type === "reasoning") {
    checkReasoning(node, config as ReasoningConfig, walk);
  }
}

function checkLoop(node: StepNode, config: Record<string, Json>, walk: Walk): void {
  const { mode, over, condition } = config;
  const path = `${node.path}.config`;
  if (mode === "while" || mode === "until") {
    const body = node.children[0]!;
    checkCel(condition as string, { path: `${path}.condition`, node, body }, walk);
  } else if (typeof over === "string") {
    checkOver(over, { path: `${path}.over`, node }, walk);
  } else {
    checkTemplates(over, { path: `${path}.over`, node }, walk);
  }
}

/** The text of `over` is a template, JSON or CEL. */
function checkOver(over: string, reader: Reader, walk: Walk): void {
  if (over.includes("${{")) return checkTemplates(over, reader, walk);
  const json = parsed(over);
  if (json !== undefined) {
    if (!Array.isArray(json)) walk.report.error(reader.path, "must be a list");
    return;
  }
  if (/^\s*\./.test(over)) {
    return walk.report.error(reader.path, "is jq, which does not run yet: write it as CEL");
  }
  checkCel(over, reader, walk);
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

function checkReasoning(node: StepNode, config: ReasoningConfig, walk: Walk): void {
  const path = `${node.path}.config`;
  checkShown(config.prompt_context, { path: `${path}.prompt_context`, node }, walk);
  checkTemplates(config.target_agent, { path: `${path}.target_agent`, node }, walk);
  config.options?.forEach((option, i) =>
    checkShown(option.description, { path: `${path}.options[${i}].description`, node }, walk)
  );
  for (const [name, text] of Object.entries(config.data_inject ?? {})) {
    checkShown(text, { path: member(`${path}.data_inject`, name), node }, walk);
  }
}

/** What a decision shows is stored and read by agents, so it never holds a secret. */
function checkShown(text: string | undefined, reader: Reader, walk: Walk): void {
  if (text !== undefined && /\$\{\{\s*secrets\s*[.[]|^\s*secrets\s*[.[]/.test(text)) {
    return walk.report.error(reader.path, "secrets must not be shown with a decision");
  }
  checkTemplates(text, reader, walk);
}

function checkCel(text: string, reader: Reader, walk: Walk): void {
  const { report, scope } = walk;
  const source = celSource(text);
  if (source.includes("${{")) {
    return report.error(reader.path, "is CEL: write steps.x.output without ${{…}} inside");
  }
  if (source === "") return report.error(reader.path, "must not be empty");
  try {
    walk.compileCel(source);
  } catch (thrown) {
    if (!(thrown instanceof OpcodeError)) throw thrown;
    return report.error(reader.path, thrown.message);
  }
  const lenient = !text.includes("${{");
  checkReads(celReads(source), { ...reader, lenient }, scope, report);
}

/** Checks each text of a value, keys included, at its own path; the value's depth is bounded. */
function checkTemplates(value: Json | undefined, reader: Reader, walk: Walk): void {
  if (typeof value === "string") return checkText(value, reader, walk);
  if (Array.isArray(value)) {
    value.forEach((item, i) => checkTemplates(item, within(reader, i), walk));
  } else if (isObject(value)) {
    for (const [key, item] of Object.entries(value)) {
      checkText(key, within(reader, key), walk);
      checkTemplates(item, within(reader, key), walk);
    }
  }
}

function within(reader: Reader, key: string | number): Reader {
  return { ...reader, path: member(reader.path, key) };
}

function checkText(text: string, reader: Reader, walk: Walk): void {
  const { report } = walk;
  const { problems, reads, literals } = readTemplate(text, walk.compileCel);
  for (const problem of problems) report.error(reader.path, problem);
  checkReads(reads, reader, walk.scope, report);
  const inShell = reader.node?.step.action === "shell.exec";
  for (const literal of literals) {
    const lookalike = tokenLookalike(literal, inShell);
    if (lookalike === undefined) continue;
    report.warn(reader.path, `${quote(lookalike)} looks like a token; tokens are written \${{…}}`);
  }
}
