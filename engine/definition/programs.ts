// What of a definition only the expression worker can check: programs in jq, and those of params.

import { OpcodeError } from "../../core/errors.ts";
import type { Evaluate, ExpressionEngine } from "../../core/expression.ts";
import type { Json } from "../../core/json.ts";
import { exprProblem } from "./expr-hints.ts";
import { quote, type ValidationReport } from "./report.ts";

/** A program that stands at a path of the definition. */
export interface Program {
  engine: ExpressionEngine;
  source: string;
  path: string;
  /** Why it is no CEL, where it might have been that. */
  notCel?: string | undefined;
  /** What is doubtful in a program that compiles, given what the check of its language answers. */
  doubts?(answer: Json): string[];
}

/** Checks each source once, and adds what is wrong with it to the report wherever it stands. */
export async function checkPrograms(
  programs: readonly Program[],
  evaluate: Evaluate,
  report: ValidationReport,
): Promise<void> {
  const problems = new Map<string, Promise<Checked>>();
  for (const { engine, source } of programs) {
    const key = `${engine} ${source}`;
    if (!problems.has(key)) problems.set(key, problemOf({ engine, source }, evaluate));
  }
  for (const { engine, source, path, notCel, doubts } of programs) {
    const { problem, answer } = await problems.get(`${engine} ${source}`)!;
    if (problem === null) {
      for (const message of doubts?.(answer) ?? []) {
        report.warnings.push({ path, code: "VALIDATION_ERROR", message, severity: "warning" });
      }
      continue;
    }
    const message = notCel === undefined
      ? shows(problem) ? problem : `${problem} in ${quote(source)}`
      : `${quote(source)} is neither CEL (${notCel}) nor ${engine} (${problem})`;
    report.errors.push({ path, code: "VALIDATION_ERROR", message, severity: "error" });
  }
}

/** Whether the message has lines of the source in it, as those of Expr have. */
function shows(problem: string): boolean {
  return problem.includes("\n | ");
}

interface Checked {
  problem: string | null;
  answer: Json;
}

async function problemOf(
  { engine, source }: Pick<Program, "engine" | "source">,
  evaluate: Evaluate,
): Promise<Checked> {
  try {
    return {
      problem: null,
      answer: await evaluate({ engine, source, mode: "check", data: null }),
    };
  } catch (thrown) {
    if (!(thrown instanceof OpcodeError) || thrown.code === "CANCELLED") throw thrown;
    // A program may break a limit while it is compiled: that is for its step to fail with.
    if (thrown.code !== "VALIDATION_ERROR") return { problem: null, answer: null };
    const problem = engine === "expr" ? exprProblem(thrown.message) : thrown.message;
    return { problem, answer: null };
  }
}
