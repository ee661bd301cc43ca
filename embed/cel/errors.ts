// How the errors of CEL sources and of their evaluation are reported.

import { OpcodeError } from "../../core/errors.ts";
import { LimitReached } from "./budget.ts";

export const RESERVED_WORDS: readonly string[] = [
  "as",
  "break",
  "const",
  "continue",
  "else",
  "false",
  "for",
  "function",
  "if",
  "import",
  "in",
  "let",
  "loop",
  "namespace",
  "null",
  "package",
  "return",
  "true",
  "var",
  "void",
  "while",
];

/** A source that cannot run, with the place as line and column (from 1) if it is known. */
export function sourceError(source: string, problem: string, offset?: number): OpcodeError {
  if (offset === undefined) {
    return new OpcodeError("VALIDATION_ERROR", problem, { details: { expression: source } });
  }
  // The library places an operator at the white space before it, and an end behind the end.
  const space = /\s*/y;
  offset = Math.min(offset, source.length);
  space.lastIndex = offset;
  offset += space.exec(source)![0].length;
  const before = source.slice(0, offset);
  const line = before.split("\n").length;
  const column = offset - before.lastIndexOf("\n");
  return new OpcodeError("VALIDATION_ERROR", `${problem} (line ${line}, column ${column})`, {
    details: { expression: source, line, column },
  });
}

/** What the library's parser throws, in our words. */
export function parseError(source: string, thrown: unknown): OpcodeError {
  if (thrown instanceof RangeError) return sourceError(source, "the expression nests too deeply");
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const location = (thrown as { location?: { start: { offset: number }; end: { offset: number } } })
    .location;
  if (!location) return sourceError(source, message);
  const { start, end } = location;
  const word = source.slice(start.offset, end.offset);
  if (/reserved/.test(message) && RESERVED_WORDS.includes(word)) {
    const advice = word === "loop"
      ? "the loop variables are iter.item and iter.index"
      : `a field of that name is read as ['${word}']`;
    return sourceError(source, `"${word}" is a reserved word; ${advice}`, start.offset);
  }
  if (start.offset >= source.length) {
    return sourceError(source, "the expression ends too early", start.offset);
  }
  return sourceError(source, `syntax error near "${nearby(source, start.offset)}"`, start.offset);
}

/** Characters of an expression that an error repeats. */
const MOST_NEARBY = 80;

function nearby(source: string, offset: number): string {
  const text = source.slice(offset, offset + MOST_NEARBY).split("\n")[0]!;
  return offset + MOST_NEARBY < source.length ? `${text}…` : text;
}

/** What an evaluation throws: never retried when a limit was reached. `hint`: the end of its message. */
export function runtimeError(
  source: string,
  thrown: unknown,
  hint: (message: string) => string = () => "",
): OpcodeError {
  if (thrown instanceof OpcodeError) return thrown;
  const cause = rootOf(thrown);
  if (cause instanceof OpcodeError) return cause;
  const message = cause instanceof RangeError
    ? "the expression nests too deeply"
    : cause instanceof Error
    ? cause.message
    : String(cause);
  const limited = cause instanceof LimitReached || cause instanceof RangeError;
  return new OpcodeError(
    "EXECUTION_ERROR",
    `${message} in "${nearby(source, 0)}"${hint(message)}`,
    {
      details: { expression: source, ...(limited && { retryable: false }) },
    },
  );
}

/** A comprehension that would not have ended in time anywhere. */
export function outOfFuel(source: string): OpcodeError {
  return new OpcodeError("TIMEOUT_ERROR", "the expression takes too many steps", {
    details: { expression: source, retryable: false },
  });
}

/** The library wraps what functions and lookups throw; errors of a scope keep their own code. */
function rootOf(thrown: unknown): unknown {
  const cause = thrown instanceof Error ? thrown.cause : undefined;
  return cause instanceof Error ? rootOf(cause) : thrown;
}
