// Whether the answer to a generated call is one that a client can rely on.

import assert from "node:assert/strict";
import { Ajv2020 as Ajv, type ValidateFunction } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { ERROR_CODES } from "../../../core/errors.ts";
import { isObject, type JsonObject } from "../../../core/json.ts";
import type { GeneratedCall } from "./calls.ts";

export interface Answered {
  /** The error's code; `ok` when there is none. */
  outcome: string;
  /** The run that the answer is about, if it is about one. */
  runId?: string;
}

/** Checks answers of the tools whose published schemas it is given. */
export class AnswerCheck {
  readonly #input = new Map<string, ValidateFunction>();
  readonly #output = new Map<string, ValidateFunction>();

  constructor(tools: { name: string; inputSchema: object; outputSchema?: object }[]) {
    const ajv = new Ajv({ strict: false });
    formats.default(ajv);
    for (const { name, inputSchema, outputSchema } of tools) {
      this.#input.set(name, ajv.compile(inputSchema));
      this.#output.set(name, ajv.compile(outputSchema ?? {}));
    }
  }

  /** Whether the published schema accepts the arguments. */
  isValid({ tool, args }: GeneratedCall): boolean {
    return this.#input.get(tool)!(args);
  }

  /** Throws an AssertionError for an answer that says too little, or something else than promised. */
  check(call: GeneratedCall, reply: unknown): Answered {
    assert.ok(isObject(reply as never), "the reply is no object");
    const { result, error } = reply as JsonObject;
    if (error !== undefined) {
      assert.equal((error as JsonObject).code, -32602, JSON.stringify(error));
      return { outcome: "protocol" };
    }
    const { structuredContent, content, isError } = result as JsonObject;
    assert.ok(isObject(structuredContent as never), "no structured content");
    assert.ok(Array.isArray(content) && content.length > 0, "no content");
    const validate = this.#output.get(call.tool)!;
    assert.ok(validate(structuredContent), JSON.stringify(validate.errors?.slice(0, 3)));
    const structured = structuredContent as JsonObject;
    if (isError !== true) {
      const id = structured.workflow_id;
      return { outcome: "ok", ...(typeof id === "string" && { runId: id }) };
    }
    return { outcome: checkRefusal(structured.error as unknown as Refusal) };
  }
}

interface Refusal {
  code: string;
  message: string;
  step_id?: string;
  details?: JsonObject;
}

function checkRefusal({ code, message, details, step_id }: Refusal): string {
  assert.ok((ERROR_CODES as readonly string[]).includes(code), `unknown code ${code}`);
  assert.ok(message.length > 0 && message.length < 20_000, `a message of ${message.length}`);
  assert.doesNotMatch(message, /node_modules|\.ts:\d|at Object\.|undefined|\[object/);
  if (code === "VALIDATION_ERROR") {
    assert.ok(namesField(message, details), `names no field: ${message}`);
  } else {
    const about = step_id !== undefined || /"[^"]*"/.test(message) || details !== undefined;
    assert.ok(about, `${code} does not say what it is about: ${message}`);
  }
  return code;
}

/** `field: rule`, `"what is no name": rule`, `field.member[2]: rule`, or a report whose every fault has its path. */
function namesField(message: string, details: JsonObject | undefined): boolean {
  if (/^[\w-]+((\.[^:]+|\[\d+\])*:|( or [\w-]+)* is required)/.test(message)) return true;
  if (/^("(?:[^"\\]|\\.)*"|[\w$.-]+)…?: is not an argument of /.test(message)) return true;
  if (typeof details?.field === "string") return true;
  const errors = details?.errors;
  return Array.isArray(errors) && errors.length > 0 &&
    errors.every((fault) => isObject(fault) && typeof fault.path === "string" && fault.path !== "");
}
