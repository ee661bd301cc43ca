// Whether a raw definition may be stored and run, and everything that is wrong with it if not.

import type { ErrorCode } from "../../core/errors.ts";
import { isDeeperThan } from "../../core/depth.ts";
import { isObject } from "../../core/json.ts";
import { atOnce } from "../../core/slices.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import type { Issue } from "../api.ts";
import { DEEPEST_JSON, jsonBytes } from "./bounds.ts";
import { checkDefaults } from "./check-defaults.ts";
import { findCycles, type GraphStep } from "./dag.ts";
import { withDefaults } from "./defaults.ts";
import { checkExpressions, type ExpressionChecks } from "./expressions.ts";
import { callersByFallback, checkFallbacks } from "./fallbacks.ts";
import type { GivenInputs } from "./given-inputs.ts";
import { checkIdentity } from "./identity.ts";
import { quote, Report, shownCycle, TooManyIssues, type ValidationReport } from "./report.ts";
import { soundParts } from "./sound-parts.ts";
import { checkSchemaLike } from "./schema-like.ts";
import { checkSteps } from "./semantic.ts";
import type { ActionForms } from "./action-form.ts";
import { checkStructure, type StepLimits } from "./structure.ts";
import { buildTree } from "./tree.ts";
import type { StepNode, StepTree } from "./node.ts";
import { checkUnseen } from "./unseen.ts";
import type { WorkflowDefinition } from "./types.ts";

export { reportError } from "./report.ts";

export interface DefinitionLimits extends StepLimits {
  /** Size of the definition as compact JSON, in bytes. */
  maxBytes: number;
}

export const DEFAULT_LIMITS: DefinitionLimits = {
  maxSteps: 10_000,
  maxDepth: 16,
  maxBytes: 4 * 1024 * 1024,
};

export interface ValidationOptions extends ExpressionChecks {
  /** Without it, neither names nor params of actions are checked. */
  actions?: ActionForms;
  /** The template's schema of inputs; it must compile. */
  inputSchema?: JsonObject;
  /** Faults of what comes beside the definition: they count as faults of its structure. */
  besides?: readonly Issue[];
  limits?: DefinitionLimits;
  /** Why there are no links by which decisions are answered. */
  linksRefused?: string;
  /** Told of each read of a secret, by the name of the secret and the path in the definition. */
  secretRead?: (name: string, path: string) => void;
  /** Told likewise of each read of an input that nothing declares. */
  undeclared?: (name: string, path: string) => void;
  /** The inputs that triggers give. */
  given?: GivenInputs;
}

/**
 * Checks a definition as it came in: size and structure, then meaning, then the graph, at every
 * depth. Each stage collects all its problems. Where the structure has faults, the meaning of what has
 * none is checked all the same, if that is not large. Never throws for any JSON value, however deep or
 * large.
 */
export function validateDefinition(raw: Json, options: ValidationOptions = {}): ValidationReport {
  return atOnce(validation(raw, options));
}

/** The same, in pieces; it yields where it may be interrupted. */
export function* validation(
  raw: Json,
  options: ValidationOptions,
): Generator<void, ValidationReport> {
  const report = new Report();
  const { errors, warnings } = report;
  const limits = options.limits ?? DEFAULT_LIMITS;
  try {
    const tree = yield* check(raw, { ...options, limits }, report);
    return { errors, warnings, ...(tree && { tree }) };
  } catch (thrown) {
    if (thrown instanceof TooManyIssues) return { errors, warnings };
    throw thrown;
  }
}

/** Fills the report; returns the steps, if they are well formed. */
function* check(
  raw: Json,
  options: ValidationOptions & { limits: DefinitionLimits },
  report: Report,
): Generator<void, StepTree | undefined> {
  const { limits } = options;
  const { errors } = report;
  const isBounded = (yield* checkSize(raw, limits, report)) &&
    (yield* checkStructure(raw, limits, report));
  const faults = [...errors];
  errors.push(...options.besides ?? []);
  if (!isBounded) return undefined;
  yield;
  const definition = raw as unknown as WorkflowDefinition;
  const tree = buildTree(definition);
  yield;
  const ofStructure = errors.length;
  yield* checkIdentity(tree, report);
  if (errors.length === 0) {
    yield* checkMeaning(definition, tree, options, report);
    return tree;
  }
  const isOneTree = errors.length === ofStructure;
  yield* checkSoundParts(raw as JsonObject, options, { report, faults, isOneTree });
  return undefined;
}

/** Bytes of a faulty definition that is looked into further: it is copied in one piece. */
const MOST_SOUND = 256 * 1024;

/**
 * Adds the faults in what those of the structure leave, so that all are told at once: without warnings,
 * and without anything that may only follow from a fault that has been told.
 */
function* checkSoundParts(
  raw: JsonObject,
  { secretRead: _, undeclared: __, inputSchema, ...options }: ValidationOptions & {
    limits: DefinitionLimits;
  },
  { report, faults, isOneTree }: { report: Report; faults: readonly Issue[]; isOneTree: boolean },
): Generator<void, void> {
  if (jsonBytes(raw) > MOST_SOUND) return;
  yield;
  const parts = soundParts(raw, faults);
  if (!parts) return;
  yield;
  const { definition, orderIsKnown, unknown } = parts;
  const rest = new Report();
  yield* checkStructure(definition, options.limits, rest);
  if (rest.errors.length > 0) return;
  const written = definition as unknown as WorkflowDefinition;
  const known = (options.besides ?? []).length === 0 && inputSchema ? { inputSchema } : {};
  const isOrdered = isOneTree && orderIsKnown;
  yield* checkMeaning(written, buildTree(written), { ...options, ...known, isOrdered }, rest);
  const told = [...unknown, ...report.errors.map(({ path }) => path)];
  for (const issue of rest.errors) {
    const isApart = issue.code === "CYCLE_DETECTED" ||
      !told.some((path) => touches(path, issue.path));
    if (isApart) {
      report.error(issue.path, issue.message, issue.code as ErrorCode);
    }
  }
}

/** Whether one of the paths leads to the other. */
function touches(a: string, b: string): boolean {
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  return long.startsWith(short) &&
    (long.length === short.length || /^[.[]/.test(long.slice(short.length)));
}

/**
 * Checks the steps with what they have by default. Unless `isOrdered`, nothing is said of which steps
 * there are and which come first. The tree is of them as they are written.
 */
function* checkMeaning(
  written: WorkflowDefinition,
  tree: StepTree,
  options: ValidationOptions & { isOrdered?: boolean },
  report: Report,
): Generator<void, void> {
  const { actions } = options;
  const resolved = withDefaults(written, actions);
  const { definition } = resolved;
  yield;
  const whole = definition === written ? tree : buildTree(definition);
  yield;
  const { isOrdered = true } = options;
  checkSchemaLike(definition, report);
  if (isOrdered) checkDefaults(resolved, whole, actions, report);
  yield* checkSteps(whole, { workflow: definition, actions, isOrdered }, report);
  yield* checkUnseen(whole, definition, actions, report);
  const before = report.errors.length;
  if (isOrdered) checkFallbacks(whole, definition, report);
  const mayCycle = isOrdered && report.errors.length === before;
  yield;
  yield* checkExpressions(whole, { ...options, definition }, report);
  if (mayCycle) yield* checkCycles(whole, definition, report);
}

/** Whether it is an object small and shallow enough to be looked at further. */
function* checkSize(
  raw: Json,
  limits: DefinitionLimits,
  report: Report,
): Generator<void, boolean> {
  if (!isObject(raw)) {
    const kind = Array.isArray(raw) ? "an array" : raw === null ? "null" : `a ${typeof raw}`;
    report.error("/", `must be an object with "steps", not ${kind}`);
    return false;
  }
  if (isDeeperThan(raw, DEEPEST_JSON)) {
    report.error("/", `must not be nested deeper than ${DEEPEST_JSON} levels of JSON`);
    return false;
  }
  yield;
  const bytes = jsonBytes(raw);
  yield;
  if (bytes <= limits.maxBytes) return true;
  report.error("/", `must have at most ${limits.maxBytes} bytes as JSON, has ${bytes}`);
  return false;
}

function* checkCycles(
  tree: StepTree,
  { defaults }: WorkflowDefinition,
  report: Report,
): Generator<void, void> {
  const fallbackOfAll = defaults?.on_error?.fallback_step;
  const callers = callersByFallback(tree);
  const lists = new Set(tree.all.map((node) => node.list));
  for (const list of lists) {
    if (list.kind === "hook") continue;
    const cycles = yield* findCycles(list.nodes.map(({ step }) => step));
    reportCycles(cycles, list.path, "dependencies form a cycle", report);
    if (cycles.length > 0) continue;
    const waits = yield* findCycles(list.nodes.map((node) => waitsOf(node, callers)));
    reportCycles(
      waits,
      list.path,
      "steps wait for each other, fallbacks for their callers",
      report,
      fallbackOfAll,
    );
  }
}

function reportCycles(
  cycles: string[][],
  path: string,
  what: string,
  report: Report,
  fallbackOfAll?: string,
): void {
  for (const cycle of cycles) {
    const ids = [...cycle, cycle[0]!];
    const advice = fallbackOfAll !== undefined && cycle.includes(fallbackOfAll)
      ? `; what comes after ${
        quote(fallbackOfAll)
      }, to which all fall back by defaults, needs its ` +
        'own "on_error": {"strategy": "fail_workflow"}'
      : "";
    report.error(path, `${what}: ${shownCycle(ids)}${advice}`, "CYCLE_DETECTED");
  }
}

/** What must be over before it is settled that the step runs or is skipped. */
function waitsOf(node: StepNode, callers: ReadonlyMap<StepNode, Set<string>>): GraphStep {
  const { step, list } = node;
  const called = callers.get(node);
  if (called) return { id: step.id, depends_on: [...called] };
  return list.kind === "graph" ? step : { id: step.id };
}
