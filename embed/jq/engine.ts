// How a jq program is checked and run, in the thread that calls.

import { OpcodeError } from "../../core/errors.ts";
import { LargeNumberError, parseJson } from "../../core/exact-json.ts";
import type { Json } from "../../core/json.ts";
import { compileError, runtimeError } from "./errors.ts";
import { createJq, type Jq } from "./instance.ts";
import { preludeAt } from "./prelude.ts";
import { sortedText } from "./sorted.ts";

/** Characters of one program. */
const MAX_SOURCE = 16 * 1024;
/** Compact, members of objects sorted. */
const FLAGS = ["-c", "-S"];
const COMPILE_ERROR = 3;

let jq: Promise<Jq> | undefined;

/** Throws VALIDATION_ERROR with the place for a program that does not compile; runs nothing. */
export async function checkJq(source: string): Promise<void> {
  // Without any input a program is compiled and never run.
  await run(source, "");
}

/**
 * All answers of a program for one JSON text at a moment (epoch ms). VALIDATION_ERROR as above; EXECUTION_ERROR, with
 * `retryable: false` when a limit of memory, output or recursion is broken. Nothing bounds its time.
 */
export async function jqOutputs(source: string, input: string, now?: number): Promise<Json[]> {
  const stdout = await run(source, sortedText(input), now);
  return stdout === "" ? [] : stdout.split("\n").map(parseOutput);
}

/** A number too large for ours becomes the largest, as with gojq. */
export function parseOutput(text: string): Json {
  try {
    return parseJson(text);
  } catch (thrown) {
    if (!(thrown instanceof LargeNumberError)) throw thrown;
    return JSON.parse(text, (_, value) => {
      if (value === Infinity) return Number.MAX_VALUE;
      return value === -Infinity ? -Number.MAX_VALUE : value;
    });
  }
}

async function run(source: string, input: string, now?: number): Promise<string> {
  refuseText(source);
  let answer: ReturnType<Jq["raw"]>;
  try {
    answer = await rawJq(preludeAt(now) + textOf(source), input);
  } catch (thrown) {
    throw runtimeError(source, thrown);
  }
  const { stdout, stderr, exitCode } = answer;
  if (exitCode === 0) return stdout;
  throw exitCode === COMPILE_ERROR ? compileError(source, stderr) : runtimeError(source, stderr);
}

/** One call of jq. What it throws has left its memory in an unknown state: the next gets another. */
export async function rawJq(program: string, input: string): Promise<ReturnType<Jq["raw"]>> {
  const instance = await (jq ??= createJq());
  try {
    return instance.raw(input, program, FLAGS);
  } catch (thrown) {
    jq = undefined;
    throw thrown;
  }
}

/** A lone carriage return ends a line, and with it a comment, for gojq too. */
export function textOf(source: string): string {
  return source.replace(/\r(?!\n)/g, "\n");
}

function refuseText(source: string): void {
  const problem = source.trim() === ""
    ? "the expression is empty"
    : source.length > MAX_SOURCE
    ? `the expression is longer than ${MAX_SOURCE} characters`
    : source.includes("\0")
    ? "the expression holds a NUL character"
    : undefined;
  if (problem === undefined) return;
  throw new OpcodeError("VALIDATION_ERROR", problem, {
    details: { expression: source.slice(0, 100) },
  });
}

/** The answers as one value: none is null, one is itself, several are an array. */
export function asOne(outputs: Json[]): Json {
  return outputs.length > 1 ? outputs : outputs[0] ?? null;
}
