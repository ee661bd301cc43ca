// Definitions for the tests of validation, and how their reports are read.

import type { Json, JsonObject } from "../../../core/json.ts";
import { validateDefinition, type ValidationOptions } from "../../../engine/definition/validate.ts";

/** An action step with this id. */
export function step(id: string, more: JsonObject = {}): JsonObject {
  return { id, action: "workflow.log", ...more };
}

/** A definition of these steps. */
export function workflow(...steps: Json[]): JsonObject {
  return { steps };
}

/** `path: message` of the errors, with their codes where they are not VALIDATION_ERROR. */
export function errorsOf(raw: Json, options?: ValidationOptions): string[] {
  return validateDefinition(raw, options).errors.map(line);
}

export function warningsOf(raw: Json, options?: ValidationOptions): string[] {
  return validateDefinition(raw, options).warnings.map(line);
}

function line(issue: { path: string; message: string; code: string }): string {
  const code = issue.code === "VALIDATION_ERROR" ? "" : `[${issue.code}] `;
  return `${code}${issue.path}: ${issue.message}`;
}

/** A condition whose only branch holds the given steps. */
export function branch(id: string, key: string, ...steps: Json[]): JsonObject {
  return { id, type: "condition", config: { expression: "inputs.x", branches: { [key]: steps } } };
}

export function loop(id: string, ...body: Json[]): JsonObject {
  return { id, type: "loop", config: { over: [1], body } };
}

export function parallel(id: string, ...branches: Json[][]): JsonObject {
  return { id, type: "parallel", config: { branches } };
}

export function reasoning(id: string, config: JsonObject, more: JsonObject = {}): JsonObject {
  return { id, type: "reasoning", config, ...more };
}
