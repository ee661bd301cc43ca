// How a compiled value becomes the JSON that an action gets.

import { copyJson, setOwn } from "../../core/copy.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import { plainText } from "../../core/text.ts";
import { Allowance } from "./allowance.ts";
import type { CompiledValue } from "./compile.ts";
import { malformed } from "./errors.ts";
import { lookUp, refuseNullInText } from "./lookup.ts";
import type { Template, Token } from "./parse.ts";
import type { Scope } from "./scope.ts";

/**
 * Puts the values of a scope in. A string that is one token takes the value with its type, other
 * tokens their text form; what was put in is never scanned again. The answer shares nothing with
 * the scope or the plan. Throws INTERPOLATION_ERROR, VAULT_ERROR, or what an expression throws.
 */
export function resolve(compiled: CompiledValue, scope: Scope): Json {
  return new Resolver(scope).resolve(compiled, 0);
}

class Resolver {
  readonly #scope: Scope;
  readonly #allowance: Allowance;

  constructor(scope: Scope) {
    this.#scope = scope;
    this.#allowance = new Allowance(scope.room);
  }

  resolve(compiled: CompiledValue, depth: number): Json {
    switch (compiled.kind) {
      case "scalar":
        return compiled.value;
      case "constant":
        return copyJson(compiled.value);
      case "token":
        return this.#allowance.copy(this.#valueOf(compiled.token), depth);
      case "text":
        return this.#join(compiled.parts);
      case "array":
        return compiled.items.map((item) => this.resolve(item, depth + 1));
      case "object": {
        const object: JsonObject = {};
        for (const [key, value] of compiled.entries) {
          const name = typeof key === "string" ? key : this.#resolveKey(key);
          setOwn(object, name, this.resolve(value, depth + 1));
        }
        return object;
      }
    }
  }

  #valueOf(token: Token): Json {
    return token.kind === "path" ? lookUp(token, this.#scope) : token.program.evaluate(this.#scope);
  }

  /** Of a token with something beside it. */
  #partOf(token: Token): Json {
    const value = this.#valueOf(token);
    if (value === null) refuseNullInText(token, this.#scope);
    return value;
  }

  #join(parts: readonly (string | Token)[]): string {
    let text = "";
    for (const part of parts) {
      text += typeof part === "string" ? part : this.#allowance.text(plainText(this.#partOf(part)));
    }
    return text;
  }

  #resolveKey(template: Template): string {
    let text = "";
    for (const part of template.parts) {
      if (typeof part === "string") {
        text += part;
        continue;
      }
      const value = this.#partOf(part);
      if (typeof value === "object" && value !== null) {
        throw malformed(
          part.expression,
          "an object key takes only text, numbers, booleans and null",
        );
      }
      text += this.#allowance.text(plainText(value));
    }
    return text;
  }
}
