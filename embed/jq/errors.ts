// How jq's complaints are reported.

import { cut } from "../../core/text.ts";
import { OpcodeError } from "../../core/errors.ts";
import { PRELUDE_LENGTH } from "./prelude.ts";

const AT = / at <top-level>, line (\d+), column (\d+)/;

/** A program that does not compile, with the place as line and column (from 1). */
export function compileError(source: string, stderr: string): OpcodeError {
  const text = /^jq: error: (.*)/.exec(stderr)?.[1] ?? stderr.split("\n")[0]!;
  const place = AT.exec(text);
  if (!place) return invalid(source, text);
  const line = Number(place[1]);
  // The program's first line is behind what stands before every program.
  const column = Math.max(1, Number(place[2]) - (line === 1 ? PRELUDE_LENGTH : 0));
  const said = text.replace(AT, "").replace(/:$/, "");
  const problem = /unexpected (import|include|module)/.test(said)
    ? "modules are not available here"
    : said;
  return invalid(source, `${problem} (line ${line}, column ${column})`, { line, column });
}

function invalid(source: string, problem: string, place = {}): OpcodeError {
  return new OpcodeError("VALIDATION_ERROR", problem, {
    details: { expression: source, ...place },
  });
}

/** What a program fails with while it runs: its own complaint, or what became of its instance. */
export function runtimeError(source: string, thrown: unknown): OpcodeError {
  if (typeof thrown === "string") {
    const said = /^jq: error \(at [^)]*\)(?::| \(not a string\):) ?(.*)/s.exec(thrown)?.[1];
    return failed(source, said ?? thrown);
  }
  if (thrown instanceof OpcodeError) return failed(source, thrown.message, true);
  // Neither a trap nor an abort says more: what a program can provoke is a recursion too deep.
  return failed(source, "the program exceeds the limit of recursion", true);
}

function failed(source: string, problem: string, final = false): OpcodeError {
  return new OpcodeError("EXECUTION_ERROR", `${problem} in "${cut(source)}"`, {
    details: { expression: source, ...(final && { retryable: false }) },
  });
}
