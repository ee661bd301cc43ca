// How requests for JSON Schema are answered: small ones at once, the others by the worker.

import { OpcodeError } from "../../core/errors.ts";
import type { Evaluate, EvaluateOptions } from "../../core/expression.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import { Lru } from "../../core/lru.ts";
import type { Work } from "../worker/messages.ts";
import { ALONE_STEPS, INLINE_STEPS, refuseLarge, SchemaTooCostly } from "./meter.ts";
import { isQuick } from "./size.ts";
import { draftOf, type SchemaCheck, Schemas, unchecked } from "./validator.ts";
import type { Violation } from "./violation.ts";

/** Compiled schemas that are kept, and characters of their texts. */
const KEPT = 128;
const KEPT_TEXT = 1024 * 1024;

/** Schemas of this thread, by draft and by text. */
class Compiled {
  readonly #drafts = new Map<string, Promise<Schemas>>();
  readonly #checks = new Lru<SchemaCheck>(KEPT, KEPT_TEXT);

  get(text: string): SchemaCheck | undefined {
    return this.#checks.peek(text);
  }

  async load(text: string, options: { isSchema: boolean }): Promise<SchemaCheck> {
    const known = this.get(text);
    if (known) return known;
    const schema = JSON.parse(text) as JsonObject | boolean;
    const draft = draftOf(schema);
    let schemas = this.#drafts.get(draft);
    if (!schemas) {
      const loading = new Schemas(draft);
      this.#drafts.set(draft, schemas = loading.load().then(() => loading));
    }
    const loaded = await schemas;
    return this.#checks.get(text, () => loaded.compile(schema, options));
  }
}

const compiled = new Compiled();

/** Loads and compiles what every check needs, so that no check's time is spent on it. */
export async function warmUp(): Promise<void> {
  await compiled.load('{"type":"object"}', { isSchema: false });
}

/**
 * In a thread of its own: what is wrong with the value, `Violation[]`; with the mode `check` only
 * whether the source, JSON text, is a schema: VALIDATION_ERROR with `details {rule, keys?}` if not.
 */
export async function answerSchema({ source, mode, data }: Work): Promise<Json> {
  const check = await compiled.load(source, { isSchema: false });
  if (mode === "check") return null;
  try {
    return check(JSON.parse(data) as Json, ALONE_STEPS) as unknown as Json;
  } catch (error) {
    if (error instanceof SchemaTooCostly) return [unchecked(error)] as unknown as Json;
    throw error;
  }
}

/** What is wrong with values, for a thread that others wait for. */
export class SchemaGate {
  readonly #evaluate: Evaluate;
  /** Checks that are quick to make, of schemas that the worker has found to be some. */
  readonly #quick = new Lru<SchemaCheck>(KEPT, KEPT_TEXT);

  constructor(evaluate: Evaluate) {
    this.#evaluate = evaluate;
  }

  /** Whether the text is a schema, as `answerSchema` finds it. */
  async refuse(text: string, options: EvaluateOptions): Promise<void> {
    refuseLarge(text);
    await this.#evaluate({ engine: "schema", source: text, mode: "check", data: null }, options);
    await this.#learn(text);
  }

  /**
   * What is wrong with the value, at once where both are small and the schema has been seen before,
   * else in time. What breaks a limit cannot be checked: that is wrong with it, then. Rejects with
   * VALIDATION_ERROR for what is no schema, and with CANCELLED.
   */
  violations(
    text: string,
    value: Json,
    options: EvaluateOptions,
  ): Violation[] | Promise<Violation[]> {
    refuseLarge(text);
    const check = this.#quick.peek(text);
    if (check) {
      try {
        return check(value, INLINE_STEPS);
      } catch (error) {
        if (!(error instanceof SchemaTooCostly)) throw error;
      }
    }
    return this.#elsewhere(text, value, options);
  }

  async #elsewhere(text: string, value: Json, options: EvaluateOptions): Promise<Violation[]> {
    const request = { engine: "schema", source: text, mode: "value", data: value } as const;
    try {
      const found = await this.#evaluate(request, options);
      await this.#learn(text);
      return found as unknown as Violation[];
    } catch (error) {
      if (!(error instanceof OpcodeError)) throw error;
      if (error.code !== "TIMEOUT_ERROR" && error.code !== "EXECUTION_ERROR") throw error;
      return [unchecked(error)];
    }
  }

  async #learn(text: string): Promise<void> {
    if (this.#quick.peek(text) || !isQuick(text)) return;
    const check = await compiled.load(text, { isSchema: true });
    this.#quick.get(text, () => check);
  }
}
