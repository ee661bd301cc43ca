// How the errors of Expr sources and of their evaluation are reported: where, and with a caret.

import { OpcodeError } from "../../core/errors.ts";

/** What is wrong with a source or a value, and at which offset of the source when that is known. */
export class Fault extends Error {
  at: number | undefined;

  constructor(message: string, at?: number, cause?: unknown) {
    super(message, { cause });
    this.at = at;
  }
}

/** A limit of size, memory or nesting was reached. */
export class LimitReached extends Fault {}

/** The steps of an evaluation ran out before it was done. */
export class OutOfBudget extends Error {}

/** Thrown by an evaluation whose steps ran out; more of them may let it end. */
export class BudgetSpent extends OpcodeError {
  constructor(message: string, expression: string) {
    super("TIMEOUT_ERROR", message, { details: { expression, retryable: false } });
  }
}

/** A source that cannot run: VALIDATION_ERROR with `details {expression, line?, column?}`. */
export function sourceError(source: string, thrown: unknown): OpcodeError {
  if (thrown instanceof RangeError) thrown = new Fault("the expression nests too deeply");
  if (thrown instanceof OutOfBudget) return new BudgetSpent(thrown.message, source);
  if (!(thrown instanceof Fault)) throw thrown;
  const { message, place } = placed(source, thrown);
  return new OpcodeError("VALIDATION_ERROR", message, {
    details: { expression: source, ...place },
  });
}

/** What an evaluation throws: EXECUTION_ERROR, never retried when a limit was reached. */
export function runtimeError(source: string, thrown: unknown): OpcodeError {
  if (thrown instanceof OpcodeError) return thrown;
  if (thrown instanceof OutOfBudget) return new BudgetSpent(thrown.message, source);
  if (isStackOverflow(thrown)) {
    thrown = new LimitReached("the expression exceeds the limit of nested evaluations");
  }
  const fault = thrown instanceof Fault ? thrown : new Fault(messageOf(thrown));
  const { message, place } = placed(source, fault);
  const limited = fault instanceof LimitReached && { retryable: false };
  return new OpcodeError("EXECUTION_ERROR", message, {
    details: { expression: source, ...place, ...limited },
    cause: thrown,
  });
}

/** Gives an error without a place one; returns it to be thrown again. */
export function placeAt(thrown: unknown, at: number): unknown {
  if (thrown instanceof Fault) thrown.at ??= at;
  else if (thrown instanceof Error && isForeign(thrown)) {
    return new Fault(thrown.message, at, thrown);
  }
  return thrown;
}

function isForeign(thrown: Error): boolean {
  return !(thrown instanceof OutOfBudget) && !(thrown instanceof OpcodeError) &&
    !isStackOverflow(thrown);
}

function isStackOverflow(thrown: unknown): boolean {
  return thrown instanceof RangeError && /call stack/i.test(thrown.message);
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** Characters of a line that an excerpt shows around its place. */
const EXCERPT = 60;

function placed(
  source: string,
  { message, at }: Fault,
): { message: string; place: { line: number; column: number } | undefined } {
  if (at === undefined) return { message, place: undefined };
  const lineStart = source.lastIndexOf("\n", at - 1) + 1;
  const line = source.slice(0, lineStart).split("\n").length;
  const column = [...source.slice(lineStart, at)].length + 1;
  const text = [...source.slice(lineStart).split("\n", 1)[0]!.replaceAll("\t", " ")];
  const from = Math.max(0, Math.min(column - EXCERPT / 2, text.length - EXCERPT));
  const shown = text.slice(from, from + EXCERPT).join("");
  const caret = `${".".repeat(column - 1 - from)}^`;
  return {
    message: `${message} (line ${line}, column ${column})\n | ${shown}\n | ${caret}`,
    place: { line, column },
  };
}
