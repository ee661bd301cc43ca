// What a loop is: a step that runs its body for each item, or while or until a condition holds.

import { parseJson } from "../../core/exact-json.ts";
import type { Json } from "../../core/json.ts";
import { jqProgram } from "../../embed/jq.ts";
import { celReads } from "../interpolate/references.ts";
import { constantOf, withoutTexts } from "../definition/cel-certain.ts";
import { celSource } from "../definition/cel-source.ts";
import { ANY_ITERATION, childList } from "../definition/child-list.ts";
import { CLOSED, type Rule, STEPS } from "../definition/rule.ts";
import type { Report } from "../definition/report.ts";
import type { StepNode } from "../definition/node.ts";
import type { StepDefinition } from "../definition/types.ts";
import {
  begin,
  continueLoop,
  iterationDone,
  iterationFailed,
  type LoopPlan,
  MOST_ITERATIONS,
  type OverPlan,
  places,
} from "./loop/iterations.ts";
import type { CompileTools, Expression, StepType } from "./type.ts";

export interface LoopConfig {
  mode?: "for_each" | "while" | "until";
  over?: Json;
  condition?: string;
  body: StepDefinition[];
  max_iter?: number;
  fail_on_exhausted?: boolean;
  concurrency?: number;
}

const CONFIG: Rule & { title: string } = {
  ...CLOSED,
  title: "Loop",
  description: "Runs its body for each item, or while or until a condition holds.",
  required: ["body"],
  properties: {
    mode: {
      enum: ["for_each", "while", "until"],
      default: "for_each",
      description: "while tests before the body, until after it.",
    },
    over: {
      description: "The list: JSON, ${{…}}, CEL or jq. Items are ${{loop.item}}, in CEL iter.item.",
      type: ["string", "array"],
      minLength: 1,
      examples: ["${{steps.list.output.entries}}", ["a", "b"], "inputs.items"],
    },
    condition: {
      description: "CEL that yields a boolean, for while and until.",
      type: "string",
      minLength: 1,
      examples: ["iter.index < 5"],
    },
    body: { ...STEPS, description: "Steps of one iteration, run in order.", minItems: 1 },
    max_iter: {
      description: "Ends the loop after so many iterations; 0 means no such limit. The output " +
        "then has `exhausted`: whether there was more to do.",
      type: "integer",
      minimum: 0,
    },
    fail_on_exhausted: {
      description: "Whether the step fails when max_iter has ended it and there was more to do.",
      type: "boolean",
      default: false,
    },
    concurrency: {
      description: "Iterations of a for_each that may run at once.",
      type: "integer",
      minimum: 1,
      default: 1,
    },
  },
  allOf: [
    {
      if: { properties: { mode: { const: "for_each" } } },
      then: { required: ["over"] },
    },
    ...["while", "until"].map((mode) => ({
      if: { properties: { mode: { const: mode } }, required: ["mode"] },
      then: { required: ["condition"] },
    })),
  ],
};

/** What is allowed beside a mode or a limit, but has no effect there. */
function check(node: StepNode, { report }: { report: Report }): void {
  const { step, path } = node;
  const config = step.config as unknown as LoopConfig;
  const { mode = "for_each", max_iter = 0, fail_on_exhausted } = config;
  for (const key of mode === "for_each" ? ["condition"] : ["over", "concurrency"]) {
    if (!Object.hasOwn(config, key)) continue;
    report.warn(`${path}.config.${key}`, `is ignored by a loop of mode ${mode}`);
  }
  if (fail_on_exhausted && max_iter === 0) {
    report.warn(`${path}.config.fail_on_exhausted`, "is ignored by a loop without max_iter");
  }
  if (mode === "for_each" && Array.isArray(config.over) && config.over.length === 0) {
    report.warn(`${path}.config.over`, "is an empty list, so the body never runs");
  }
  if (config.max_iter === 0) {
    report.warn(`${path}.config.max_iter`, "0 means no such limit: leave it out, or write more");
  }
  if (mode !== "for_each") checkFixed(node, report);
  if (mode === "for_each" || fail_on_exhausted && max_iter > 0) return;
  const { condition } = config;
  if (typeof condition !== "string" || constantOf(condition) !== (mode === "while")) return;
  const end = max_iter > 0
    ? "it always stops by max_iter, and completes; fail_on_exhausted would make it fail"
    : `without max_iter it fails after ${MOST_ITERATIONS} iterations`;
  report.warn(`${path}.config.condition`, `never ends the loop: ${end}`);
}

/** Whether the condition reads only what stays the same from one iteration to the next. */
function checkFixed({ step, path, children: [body] }: StepNode, report: Report): void {
  const { condition, mode } = step.config as unknown as LoopConfig;
  if (typeof condition !== "string") return;
  const source = celSource(condition);
  const names = withoutTexts(source);
  if (/\b(?:iter|loop|context|now)\b/.test(names)) return;
  const reads = celReads(source);
  // A step that is computed could be any.
  if (reads.length === 0 || names.match(/\b(?:steps|inputs)\b/g)?.length !== reads.length) return;
  const changes = reads.some(({ namespace, keys: [id] }) =>
    namespace === "steps" && (id!.includes(".") || body?.byId.has(id!) === true)
  );
  if (changes) return;
  const what = mode === "while"
    ? "the loop never runs, or does not end by it"
    : "the body runs once, or the loop does not end by it";
  report.warn(
    `${path}.config.condition`,
    `reads nothing that the body changes, so ${what}: read a step of the body or iter.index`,
  );
}

function expressions({ mode, over, condition }: LoopConfig, node: StepNode): Expression[] {
  if (mode !== "while" && mode !== "until") return [{ at: "over", text: over, language: "list" }];
  const [body] = node.children;
  const beforeBody = mode === "while";
  return [{
    at: "condition",
    text: condition,
    language: "cel",
    beforeBody,
    body: body!,
    isGuard: true,
  }];
}

function compile(config: LoopConfig, tools: CompileTools): LoopPlan {
  const { mode = "for_each", over, condition, max_iter = 0, concurrency = 1 } = config;
  return {
    mode,
    over: mode === "for_each" ? compileOver(over!, tools) : null,
    condition: mode === "for_each" ? null : tools.cel(condition!),
    body: tools.lists[0]!.plan,
    maxIterations: max_iter > 0 ? max_iter : Infinity,
    failOnExhausted: config.fail_on_exhausted === true,
    concurrency: mode === "for_each" ? concurrency : 1,
  };
}

/** A template or list, the text of a JSON value, CEL, or else jq. */
function compileOver(over: Json, { value, cel, isCel }: CompileTools): OverPlan {
  if (typeof over !== "string" || over.includes("${{")) {
    return { kind: "value", value: value(over), source: typeof over === "string" ? over : null };
  }
  try {
    const list = parseJson(over);
    return { kind: "value", value: { kind: "constant", value: list }, source: null };
  } catch {
    return isCel(over)
      ? { kind: "cel", program: cel(over) }
      : { kind: "jq", program: jqProgram(over) };
  }
}

function label({ mode, over, condition, max_iter = 0 }: LoopConfig): string {
  const most = max_iter > 0 ? `at most ${max_iter}, ` : "";
  if (mode === "while" || mode === "until") return `${most}${mode} ${celSource(condition ?? "")}`;
  return `${most}for each of ${typeof over === "string" ? celSource(over) : JSON.stringify(over)}`;
}

export const loop: StepType<LoopConfig> = {
  name: "loop",
  config: CONFIG,
  summary: "{over: list or token, body: [Step], concurrency?, max_iter?, fail_on_exhausted?} or " +
    "{mode: while|until, condition: CEL, body, max_iter?} → " +
    "{iterations, results: [output of each body], exhausted?}",
  lists: ({ body }) => [
    childList(["body"], ANY_ITERATION, body, { label: "body", repeats: true }),
  ],
  check,
  expressions,
  holdsCel: true,
  guards: ({ mode, condition }) => mode === "while" ? [condition] : [],
  outputs: () => ["iterations", "results", "exhausted"],
  outputTypes: () => ({ iterations: { type: "integer" }, exhausted: { type: "boolean" } }),
  given: () => ".results",
  compile,

  shape: "subroutine",
  label,

  begin,
  goOn: continueLoop,
  listDone: iterationDone,
  listFailed: iterationFailed,
  places,
  progress: ["next", "itemsSeq"],
};
