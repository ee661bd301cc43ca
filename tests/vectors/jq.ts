// jq's own suite, and the cases of gojq, whose dialect ours is.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { OpcodeError } from "../../core/errors.ts";
import type { Json } from "../../core/json.ts";
import { jqOutputs, parseOutput } from "../../embed/jq/engine.ts";
import { readLines, type VectorResult } from "./result.ts";

interface SuiteCase {
  prog: string;
  input?: string;
  /** Absent where the program must fail. */
  outs?: string[];
}

interface DialectCase {
  prog: string;
  input: string;
  /** Absent where the program must fail. */
  expected?: string;
}

/** A program, what it reads one after the other, and its answers; null if it must fail. */
interface Case {
  program: string;
  inputs: string;
  wanted: Json[] | null;
}

/** The text is handed over as it is: its numbers have more digits than ours. */

export async function runJq(dir: string): Promise<VectorResult[]> {
  const files: [string, (line: any) => Case][] = [
    ["jq/jq181-with-gojq.jsonl", ({ prog, input = "null", outs }: SuiteCase) => ({
      program: prog,
      inputs: input,
      wanted: outs ? outs.flatMap(documents) : null,
    })],
    ["jq/gojq-cases.jsonl", ({ prog, input, expected }: DialectCase) => ({
      program: prog,
      inputs: input,
      wanted: expected === undefined ? null : documents(expected),
    })],
  ];
  const results: VectorResult[] = [];
  for (const [file, read] of files) {
    const path = join(dir, file);
    if (!existsSync(path)) continue;
    const result: VectorResult = { file, passed: 0, total: 0, misses: [] };
    for (const line of readLines(path)) await judge(read(line), result);
    results.push(result);
  }
  return results;
}

async function judge({ program, inputs, wanted }: Case, result: VectorResult): Promise<void> {
  const given = await answers(program, inputs);
  result.total++;
  if (wanted === null ? given instanceof Error : await isAs(wanted, given, program, inputs)) {
    result.passed++;
    return;
  }
  const want = wanted === null ? "a failure" : JSON.stringify(wanted);
  const got = given instanceof Error ? given.message : JSON.stringify(given);
  result.misses.push(`${JSON.stringify(program)} on ${inputs}: wanted ${want}, got ${got}`);
}

/** What a program answers before it fails is not told: a failure must not come too early. */
async function isAs(
  wanted: Json[],
  given: Json[] | Error,
  program: string,
  inputs: string,
): Promise<boolean> {
  if (given instanceof Error) {
    given = wanted.length === 0
      ? []
      : await answers(`limit(${wanted.length}; ${program}\n)`, inputs);
  }
  return !(given instanceof Error) && isDeepStrictEqual(given.map(wording), wanted.map(wording));
}

/** The suite is of jq 1.8.1; 1.8.2 shows more of the values that its messages quote. */
function wording(value: Json): Json {
  if (Array.isArray(value)) return value.map(wording);
  if (value === 0) return 0;
  if (typeof value !== "string" || !/^Cannot index | cannot be /.test(value)) return value;
  return value.replace(/ (?:\(.*?\)(?= and | cannot |$)|"[^"]*"$)/g, "");
}

async function answers(program: string, inputs: string): Promise<Json[] | Error> {
  const given: Json[] = [];
  try {
    for (const data of texts(inputs)) {
      given.push(...await jqOutputs(program, data));
    }
    return given;
  } catch (error) {
    if (error instanceof OpcodeError) return error;
    throw error;
  }
}

function documents(text: string): Json[] {
  return texts(text).map(parseOutput);
}

/** The JSON documents of a text, which follow each other with white space between them. */
function texts(text: string): string[] {
  const found: string[] = [];
  let depth = 0;
  let start = -1;
  const token = /"(?:[^"\\]|\\.)*"|[[{]|[\]}]|[^\s"[\]{},:]+|[,:]/gs;
  for (const { 0: part, index } of text.matchAll(token)) {
    if (depth === 0) start = index;
    if (part === "[" || part === "{") depth++;
    if (part === "]" || part === "}") depth--;
    if (depth === 0) found.push(text.slice(start, index + part.length));
  }
  return found;
}
