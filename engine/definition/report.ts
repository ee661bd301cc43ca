// How the problems of a definition are collected, located and turned into one error.

import { cut, quoted } from "../../core/text.ts";
import { OpcodeError } from "../../core/errors.ts";
import type { ErrorCode } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json.ts";
import { nearest } from "../../core/nearest.ts";
import type { Issue } from "../api.ts";
import type { StepTree } from "./node.ts";

export interface ValidationReport {
  errors: Issue[];
  warnings: Issue[];
  /** The steps; absent when the first stage found faults, in which case they may be anything. */
  tree?: StepTree;
}

/** Suggestions cost a comparison with every known name, so a report makes only so many. */
const MOST_SUGGESTIONS = 20;

/** More issues of a kind than this are counted, but not listed. */
const MOST_LISTED = 100;

/** Faults and warnings of one report: nobody reads more, and each takes microseconds to word. */
const MOST_ISSUES = 10_000;

/** Ends a check whose report is full. */
export class TooManyIssues extends Error {}

export class Report implements ValidationReport {
  readonly errors: Issue[] = [];
  readonly warnings: Issue[] = [];
  #suggestions = 0;

  error(path: string, message: string, code: ErrorCode = "VALIDATION_ERROR"): void {
    this.errors.push({ path, code, message, severity: "error" });
    this.#endWhenFull();
  }

  warn(path: string, message: string): void {
    this.warnings.push({ path, code: "VALIDATION_ERROR", message, severity: "warning" });
    this.#endWhenFull();
  }

  #endWhenFull(): void {
    if (this.errors.length + this.warnings.length < MOST_ISSUES) return;
    const message = `the check ended here: it has found ${MOST_ISSUES} faults and warnings`;
    this.errors.unshift({ path: "/", code: "VALIDATION_ERROR", message, severity: "error" });
    throw new TooManyIssues(message);
  }

  /** `; did you mean "x"?`, or nothing. The candidates are not asked for once there were enough. */
  suggest(word: string, candidates: () => Iterable<string>): string {
    if (this.#suggestions >= MOST_SUGGESTIONS) return "";
    this.#suggestions++;
    const meant = nearest(word, candidates());
    return meant === undefined ? "" : `; did you mean ${quote(meant)}?`;
  }
}

/** The text in JSON quotes, shortened when it is long. */
export function quote(text: string): string {
  return quoted(text, 80);
}

/** The path of a member: `a.b`, `a[0]`, or `a["b c"]` for keys that are not identifiers. */
export function member(path: string, key: string | number): string {
  if (typeof key === "number") return `${path}[${key}]`;
  if (!/^[A-Za-z_$][\w$]{0,79}$/.test(key)) return `${path}[${quote(key)}]`;
  return path === "" ? key : `${path}.${key}`;
}

/**
 * The report of an invalid definition as one VALIDATION_ERROR: the message is the only error's
 * `path: message` or the count; details list the first 100 of each kind and count all.
 */
export function reportError(report: ValidationReport): OpcodeError {
  const { errors, warnings } = report;
  const only = errors.length === 1 ? errors[0]! : undefined;
  const message = only ? `${only.path}: ${only.message}` : summary(errors);
  const listed = (issues: Issue[]) => issues.slice(0, MOST_LISTED);
  const details: JsonObject = {
    error_count: errors.length,
    warning_count: warnings.length,
    errors: listed(errors),
    warnings: listed(warnings),
  };
  if (Math.max(errors.length, warnings.length) > MOST_LISTED) details.truncated = true;
  return new OpcodeError("VALIDATION_ERROR", message, { details });
}

/** At most a hundred issues of each kind, the last to say how many more there are; none is absent. */
export function listed(report: ValidationReport): { errors?: Issue[]; warnings?: Issue[] } {
  const errors = shortened(report.errors, "errors");
  const warnings = shortened(report.warnings, "warnings");
  return { ...(errors.length > 0 && { errors }), ...(warnings.length > 0 && { warnings }) };
}

function shortened(issues: Issue[], kind: string): Issue[] {
  if (issues.length <= MOST_LISTED) return issues;
  const shown = issues.slice(0, MOST_LISTED - 1);
  const message = `and ${issues.length - shown.length} more ${kind}`;
  return [...shown, { ...shown[0]!, path: "/", code: "VALIDATION_ERROR", message }];
}

function summary(errors: Issue[]): string {
  return `validation failed with ${errors.length} errors`;
}

/** `a → b → a`, its middle left out when it is long. */
export function shownCycle(ids: readonly string[]): string {
  const shown = ids.length > 12 ? [...ids.slice(0, 10), "…", ids.at(-1)!] : ids;
  return shown.map((id) => cut(id, 80)).join(" → ");
}
