// The conformance suite of CEL: ours must give every answer that the library itself gives.

import { Buffer } from "node:buffer";
import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  celEnv,
  type CelInput,
  celList,
  celMap,
  type CelResult,
  type CelType,
  celType,
  celUint,
  type CelValue,
  isCelError,
  isCelList,
  isCelMap,
  isCelType,
  isCelUint,
  parse,
  plan,
} from "@bufbuild/cel";
import { compileSource } from "../../embed/cel/engine.ts";
import { ALONE, withBudget } from "../../embed/cel/budget.ts";
import { createEnvironment } from "../../embed/cel/functions.ts";
import { readLines, type VectorResult } from "./result.ts";

/** A value of the suite, as JSON of its protocol buffer. */
type Encoded = Record<string, any>;

interface Case {
  name: string;
  expr: string;
  value?: Encoded;
  typedResult?: { result?: Encoded };
  evalError?: unknown;
  checkOnly?: boolean;
  /** Not asked whether names and types fit: what matters is what happens at run time. */
  disableCheck?: boolean;
  bindings?: Record<string, { value: Encoded }>;
}

type Bindings = Record<string, CelInput>;
type Outcome = CelResult | Error;

export function runCel(dir: string): VectorResult[] {
  const results: VectorResult[] = [];
  const conformance = join(dir, "cel/conformance.jsonl");
  if (existsSync(conformance)) results.push(runConformance(conformance));
  const parsing = join(dir, "cel/cel-go-parsing.jsonl");
  if (existsSync(parsing)) results.push(runParsing(parsing));
  return results;
}

function runConformance(path: string): VectorResult {
  const result: VectorResult = { file: "cel/conformance.jsonl", passed: 0, total: 0, misses: [] };
  for (const line of readLines<Case>(path)) {
    if (line.checkOnly) continue;
    const bindings = Object.fromEntries(
      Object.entries(line.bindings ?? {}).map(([name, { value }]) => [name, decode(value)]),
    );
    if (!passes(line, library(line.expr, bindings))) continue;
    result.total++;
    const given = ours(line, bindings);
    if (passes(line, given)) result.passed++;
    else result.misses.push(`${line.name}: ${line.expr} gave ${shown(given)}`);
  }
  return result;
}

function passes({ value, typedResult, evalError }: Case, outcome: Outcome): boolean {
  const failed = outcome instanceof Error || isCelError(outcome);
  if (evalError !== undefined) return failed;
  const wanted = value ?? typedResult?.result ?? { boolValue: true };
  return !failed && isSame(outcome, decode(wanted) as CelValue);
}

/** Texts that cel-go parses, or not; what it refuses only for its types or names is not asked. */
function runParsing(path: string): VectorResult {
  const result: VectorResult = {
    file: "cel/cel-go-parsing.jsonl",
    passed: 0,
    total: 0,
    misses: [],
  };
  for (const { expr, ast } of readLines<{ expr: string; ast?: string }>(path)) {
    const valid = ast !== undefined;
    if (parsesIn(() => parse(expr)) !== valid) continue;
    result.total++;
    // Names and functions are checked at once; a text that only they make wrong does parse.
    const given = outcomeOf(() => compileSource(expr, createEnvironment()));
    const parsed = !(given instanceof Error) ||
      /unknown (name|function|type)|arguments here|is never compared/.test(given.message);
    if (parsed === valid) result.passed++;
    else {result.misses.push(
        `${expr}: ${valid ? "refused" : "accepted"} ${shown(given as Outcome)}`,
      );}
  }
  return result;
}

function parsesIn(read: () => unknown): boolean {
  return !(outcomeOf(read) instanceof Error);
}

function library(expr: string, bindings: Bindings): Outcome {
  return outcomeOf(() => plan(celEnv(), parse(expr))(bindings));
}

function ours({ expr, disableCheck }: Case, bindings: Bindings): Outcome {
  const environment = createEnvironment();
  const names = Object.keys(bindings);
  // No variable of ours has a name with dots.
  const unchecked = disableCheck || names.some((name) => name.includes("."));
  return outcomeOf(() => {
    const evaluate = unchecked
      ? plan(environment, parse(expr))
      : compileSource(expr, environment, names).evaluate;
    return withBudget(ALONE, () => evaluate(bindings));
  });
}

function outcomeOf<T>(run: () => T): T | Error {
  try {
    return run();
  } catch (thrown) {
    return thrown instanceof Error ? thrown : new Error(String(thrown));
  }
}

function decode(encoded: Encoded): CelInput {
  const [[kind, value]] = Object.entries(encoded) as [[string, any]];
  switch (kind) {
    case "int64Value":
      return BigInt(value);
    case "uint64Value":
      return celUint(BigInt(value));
    case "doubleValue":
      return Number(value);
    case "bytesValue":
      return new Uint8Array(Buffer.from(value, "base64"));
    case "listValue":
      return celList((value.values ?? []).map(decode));
    case "mapValue":
      return celMap(
        new Map(
          (value.entries ?? []).map((entry: Encoded) => [decode(entry.key), decode(entry.value)]),
        ),
      );
    case "typeValue":
      return value;
    default:
      return value;
  }
}

function isSame(given: CelValue, wanted: CelValue): boolean {
  if (isCelType(given)) return (given as CelType).name === (wanted as unknown);
  if (isCelList(given)) {
    return isCelList(wanted) && given.size === wanted.size &&
      [...given].every((item, i) => isSame(item, wanted.get(i)!));
  }
  if (isCelMap(given)) {
    return isCelMap(wanted) && given.size === wanted.size &&
      [...given.entries()].every(([key, value]) => {
        const other = wanted.get(key);
        return other !== undefined && isSame(value, other);
      });
  }
  if (isCelUint(given)) return isCelUint(wanted) && given.value === wanted.value;
  if (given instanceof Uint8Array) {
    return wanted instanceof Uint8Array && Buffer.compare(given, wanted) === 0;
  }
  return Object.is(given, wanted) || given === wanted;
}

function shown(outcome: Outcome): string {
  if (outcome instanceof Error) return outcome.message;
  if (isCelError(outcome)) return outcome.message;
  return `${celType(outcome)} ${String(outcome)}`;
}
