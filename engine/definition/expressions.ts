// Whether the expressions and `${{…}}` templates of a definition compile and name real steps.

import { OpcodeError } from "../../core/errors.ts";
import type { ExpressionEngine } from "../../core/expression.ts";
import { parseJson } from "../../core/exact-json.ts";
import { isObject } from "../../core/json.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import type { FreeName } from "../../embed/expr/free-names.ts";
import type { CelCompiler } from "../interpolate/parse.ts";
import { celReads, jqReads, readTemplate } from "../interpolate/references.ts";
import type { Expression } from "../steps/type.ts";
import { stepType } from "../steps/types.ts";
import { mayBeBare } from "./bare-tokens.ts";
import { celHint, functionHint, hyphenHint, pathOfStep } from "./cel-hints.ts";
import { secretInput } from "./kept-secrets.ts";
import { surelyOther } from "./cel-certain.ts";
import { celSource } from "./cel-source.ts";
import { foreignMethod } from "./expr-hints.ts";
import { checkLiterals, readable } from "./literal-texts.ts";
import { checkPlainSecrets, checkStepsSecrets } from "./plain-secrets.ts";
import { unknownMembers, unknownNames } from "./program-names.ts";
import type { Program } from "./programs.ts";
import { checkDefaults } from "./input-reads.ts";
import { checkBranches, checkReads } from "./reads.ts";
import type { ReadScope } from "./read-scope.ts";
import { member, quote, type Report } from "./report.ts";
import { createScope, type Reader, type StepScope } from "./step-references.ts";
import type { StepNode, StepTree } from "./node.ts";

/** Compiles CEL; throws OpcodeError with what is wrong. An absent one finds nothing wrong. */
export interface ExpressionChecks {
  compileCel?: CelCompiler;
  /** Whether a text is CEL by its syntax; an absent one takes all for that. */
  isCel?: (source: string) => boolean;
  /** Told of what has to be checked elsewhere. */
  askLater?: (program: Program) => void;
}

interface Walk extends Required<ExpressionChecks> {
  /** How many tokens the step may still have, and characters in them; below zero once it was told. */
  room: { tokens: number; characters: number };
  scope: ReadScope;
  report: Report;
}

export function* checkExpressions(
  tree: StepTree,
  checks: ExpressionChecks & Omit<ReadScope, keyof StepScope>,
  report: Report,
): Generator<void, void> {
  const {
    compileCel = () => ({ evaluate: () => null }),
    isCel = () => true,
    askLater = () => {},
    ...known
  } = checks;
  const scope: ReadScope = { ...known, ...createScope(tree), toldReads: new Set() };
  const room = () => ({ tokens: MOST_TOKENS, characters: MOST_IN_TOKENS });
  const walk: Walk = {
    compileCel: bounded(compileCel),
    isCel,
    askLater,
    room: room(),
    scope,
    report,
  };
  checkDefaults(walk.scope, report);
  checkTemplates(known.definition.inputs, { path: "inputs" }, walk);
  checkPlainSecrets(known.definition, report);
  for (const node of tree.all) {
    checkStep(node, { ...walk, compileCel: bounded(compileCel), room: room() });
    yield;
  }
}

/** Characters of all CEL of one step, which is compiled at once: some 50 ms. */
const MOST_CEL = 32 * 1024;
/** Tokens `${{…}}` of one step, and characters of all of them: they are taken apart at once. */
const MOST_TOKENS = 5_000;
const MOST_IN_TOKENS = 256 * 1024;
/** What each expression counts beside its characters. */
const EACH = 32;

/** Compiles as much as one step may have; what is beyond is refused once, and then left alone. */
function bounded(compile: CelCompiler): CelCompiler {
  let left = MOST_CEL;
  return (source) => {
    if (left < 0) return { evaluate: () => null };
    left -= source.length + EACH;
    if (left >= 0) return compile(source);
    throw new OpcodeError(
      "VALIDATION_ERROR",
      `the CEL of one step must have at most ${MOST_CEL} characters in all, ${EACH} more counted ` +
        "for each expression",
    );
  };
}

function checkStep(node: StepNode, walk: Walk): void {
  const { step, path } = node;
  if (step.condition !== undefined) {
    checkCel(step.condition, { path: `${path}.condition`, node, isGuard: true }, walk);
  }
  checkParams(node, walk);
  if (!isLiteral(step)) checkStepsSecrets(step, path, walk.report);
  const held = stepType(step.type)?.expressions?.(step.config ?? {}, node) ?? [];
  for (const expression of held) checkExpression(expression, node, walk);
}

function checkExpression(expression: Expression, node: StepNode, walk: Walk): void {
  const { at, text, language, ...seen } = expression;
  const { shown } = seen;
  const reader: Reader = { path: `${node.path}.config.${at}`, node, ...seen };
  if (language === "cel") return checkCel(text as string, reader, walk);
  if (typeof text === "string") {
    if (language === "list") return checkList(text, reader, walk);
    if (shown && READS_SECRET.test(text)) {
      return walk.report.error(reader.path, "secrets must not be shown with a decision");
    }
    const input = shown ? secretInput(text, walk.scope.definition.inputs) : undefined;
    if (input !== undefined) {
      const rule =
        `reads input ${quote(input)}, whose default is a secret: it must not be shown with ` +
        "a decision";
      return walk.report.error(reader.path, rule);
    }
  }
  checkTemplates(text, reader, walk);
}

/** In a token, or in a text that may be a path without one. */
const READS_SECRET = /\$\{\{\s*secrets\s*[.[]|^\s*secrets\s*[.[]/;

/** A param that is a program is one as it stands: what a token puts in could be code. */
function checkParams(node: StepNode, walk: Walk): void {
  const { step, path } = node;
  const programs = walk.scope.actions?.get(step.action ?? "")?.expressions ?? {};
  const others = { ...step.params };
  for (const [name, engine] of Object.entries(programs)) {
    const source = others[name];
    if (typeof source !== "string" || isWhole(source)) continue;
    delete others[name];
    // That it is empty is told with the other params' rules.
    if (source === "") continue;
    const at = member(`${path}.params`, name);
    if (source.includes("${{")) {
      walk.report.error(at, `is ${engine}, not text: read the value in it instead of \${{…}}`);
    } else {
      const foreign = engine === "expr" ? foreignMethod(source) : undefined;
      if (foreign !== undefined) walk.report.error(at, foreign);
      else {walk.askLater({
          engine,
          source,
          path: at,
          doubts: doubtsOf(engine, source, node, walk),
        });}
      checkProgram({ engine, source, node, path: at }, walk);
    }
  }
  checkTemplates(others, { path: `${path}.params`, node }, walk);
}

/** What is to be said of the names of a program, once it is known that it compiles. */
function doubtsOf(
  engine: ExpressionEngine,
  source: string,
  node: StepNode,
  { scope, report }: Walk,
): (answer: Json) => string[] {
  const place = { node, scope, report };
  if (engine === "jq") return () => unknownMembers(source, place);
  return (names) => Array.isArray(names) ? unknownNames(names as object as FreeName[], place) : [];
}

/** What a program reads of steps and inputs, if it is given them: jq has `data` instead, if there is any. */
function checkProgram(
  { engine, source, node, path }: { engine: string; source: string; node: StepNode; path: string },
  { scope, report }: Walk,
): void {
  if (engine === "jq" && Object.hasOwn(node.step.params ?? {}, "data")) return;
  const reads = engine === "jq" ? jqReads(source) : celReads(source);
  const given = reads.filter(({ namespace }) => namespace !== "workflow");
  checkReads(given, { path, node, lenient: true, isProgram: true }, scope, report);
}

/** Whether the text is one token and nothing else. */
function isWhole(text: string): boolean {
  return /^\$\{\{(?:(?!\$\{\{).)*\}\}$/s.test(text.trim());
}

/** Some jq is CEL by its syntax, such as `[range(3)]`. */
const JQ_HINT = "; it is read as CEL: for jq, begin it with . |";

/** A text that gives a list is a template, JSON, CEL, or else jq. */
function checkList(text: string, reader: Reader, walk: Walk): void {
  if (text.includes("${{")) return checkTemplates(text, reader, walk);
  const json = parsed(text);
  if (json !== undefined) {
    if (!Array.isArray(json)) walk.report.error(reader.path, "must be a list");
    return;
  }
  if (text.trim() === "" || walk.isCel(text)) {
    return checkCel(text, { ...reader, hint: JQ_HINT }, walk);
  }
  walk.askLater({
    engine: "jq",
    source: text.trim(),
    path: reader.path,
    notCel: faultOf(text, walk),
  });
  checkReads(jqReads(text), { ...reader, lenient: true, isProgram: true }, walk.scope, walk.report);
}

function parsed(text: string): Json | undefined {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

function checkCel(text: string, reader: Reader & { hint?: string }, walk: Walk): void {
  const { report, scope } = walk;
  const source = celSource(text);
  if (source.includes("${{")) {
    return report.error(reader.path, `is CEL, without \${{…}} inside${withoutTokens(source)}`);
  }
  if (source === "") return report.error(reader.path, "must not be empty");
  const fault = faultOf(source, walk);
  if (fault !== undefined) {
    const hint = celHint(source, fault, reader, scope);
    return report.error(reader.path, `${fault} in ${quote(source)}${hint}${reader.hint ?? ""}`);
  }
  const lenient = !text.includes("${{");
  const kind = reader.isGuard ? surelyOther(source) : undefined;
  if (kind !== undefined) {
    report.error(reader.path, `must yield true or false, and ${quote(source)} is ${kind}`);
  }
  const reads = celReads(source);
  checkReads(reads, { ...reader, lenient }, scope, report);
  const { branches } = reader;
  const [only] = reads;
  if (branches && only?.namespace === "steps" && IS_PATH.test(source)) {
    checkBranches(only, { ...reader, branches }, scope, report);
  }
}

/** One path and nothing else. */
const IS_PATH = /^\s*steps(?:\.\w+|\[\s*(?:'[^']*'|"[^"]*")\s*\])+\s*$/;

/** Characters of a source that is repeated without its tokens. */
const LONGEST_REPEATED = 300;

function withoutTokens(source: string): string {
  if (source.length > LONGEST_REPEATED) return "; write its paths alone";
  return `: write ${quote(source.replace(/(["']?)\$\{\{\s*(.*?)\s*\}\}\1/g, "$2"))}`;
}

function faultOf(source: string, { compileCel }: Walk): string | undefined {
  try {
    compileCel(source);
    return undefined;
  } catch (thrown) {
    if (thrown instanceof OpcodeError) return thrown.message;
    throw thrown;
  }
}

/** Checks each text of a value, keys included, at its own path; the value's depth is bounded. */
function checkTemplates(value: Json | undefined, reader: Reader, walk: Walk): void {
  if (typeof value === "string") return checkText(value, reader, walk);
  if (Array.isArray(value)) {
    value.forEach((item, i) => {
      if (!isPlain(item)) checkTemplates(item, within(reader, i), walk);
    });
  } else if (isObject(value)) {
    for (const [key, item] of Object.entries(value)) {
      if (!isPlain(key)) checkText(key, within(reader, key), walk, true);
      if (!isPlain(item)) checkTemplates(item, within(reader, key), walk);
    }
  }
}

/** Whether there can be nothing to check: there may be hundreds of thousands of such values. */
function isPlain(value: Json): boolean {
  if (typeof value === "string") {
    return !value.includes("{") && !value.includes("$") && !value.includes("<%") &&
      !mayBeBare(value);
  }
  return typeof value !== "object" || value === null;
}

function within(reader: Reader, key: string | number): Reader {
  return { ...reader, path: member(reader.path, key) };
}

/** Counts the tokens of a text before it is taken apart; what is beyond is refused once. */
function hasRoomFor(text: string, { node }: Reader, { room, report }: Walk): boolean {
  if (room.tokens < 0 || room.characters < 0) return false;
  for (let at = text.indexOf("${{"); at >= 0; at = text.indexOf("${{", at + 1)) {
    const end = text.indexOf("}}", at);
    room.tokens--;
    room.characters -= (end < 0 ? text.length : end) - at;
    if (room.tokens < 0 || room.characters < 0) {
      const most = room.tokens < 0 ? MOST_TOKENS : `${MOST_IN_TOKENS} characters in`;
      report.error(node?.path ?? "inputs", `must hold at most ${most} tokens \${{…}} in all`);
      return false;
    }
    // What is never closed is told once, by whoever takes the text apart.
    if (end < 0) break;
  }
  return true;
}

/** Whether the author says that what looks like tokens is meant as it stands. */
function isLiteral(step: object | undefined): boolean {
  return step !== undefined && (step as Record<string, unknown>)["x-literal"] === true;
}

/** `; …` when an unknown namespace is an input, or the id of a step that can be read. */
function nameMeant(
  { namespace, expression }: JsonObject,
  reader: Reader,
  scope: ReadScope,
): string {
  if (typeof namespace !== "string") return "";
  const { isInput, isStep } = readable(reader, scope);
  const path = String(expression).trim();
  if (isInput(namespace)) return `; the input is \${{inputs.${path}}}`;
  return isStep(namespace) ? `; what the step gave is \${{${pathOfStep(namespace, path)}}}` : "";
}

function checkText(text: string, reader: Reader, walk: Walk, isKey = false): void {
  const { report } = walk;
  if (!hasRoomFor(text, reader, walk)) return;
  const { problems, reads, literals } = readTemplate(text, walk.compileCel);
  for (const { message, details } of problems) {
    const hint = nameMeant(details ?? {}, reader, walk.scope) ||
      hyphenHint(text, reader, walk.scope) || functionHint(message);
    report.error(reader.path, message + hint);
  }
  checkReads(reads, reader, walk.scope, report);
  const inShell = reader.node?.step.action === "shell.exec";
  if (isLiteral(reader.node?.step)) return;
  checkLiterals(literals, reader, { ...walk, inShell, isKey });
}
