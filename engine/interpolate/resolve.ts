// How a compiled value becomes the JSON that an action gets.

import { copyJson, setOwn } from "../../core/copy.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import { plainText } from "../../core/text.ts";
import type { CompiledValue } from "./compile.ts";
import { malformed } from "./errors.ts";
import { lookUp } from "./lookup.ts";
import type { Template, Token } from "./parse.ts";
import type { Scope } from "./scope.ts";

/**
 * Puts the values of a scope in. A string that is one token takes the value with its type, other
 * tokens their text form; what was put in is never scanned again. The answer shares nothing with
 * the scope or the plan. Throws INTERPOLATION_ERROR, VAULT_ERROR, or what an expression throws.
 */
export function resolve(compiled: CompiledValue, scope: Scope): Json {
  switch (compiled.kind) {
    case "scalar":
      return compiled.value;
    case "constant":
      return copyJson(compiled.value);
    case "token":
      return compiled.token.kind === "path"
        ? copyJson(lookUp(compiled.token, scope))
        : compiled.token.program.evaluate(scope);
    case "text":
      return join(compiled.parts, scope);
    case "array":
      return compiled.items.map((item) => resolve(item, scope));
    case "object": {
      const object: JsonObject = {};
      for (const [key, value] of compiled.entries) {
        const name = typeof key === "string" ? key : resolveKey(key, scope);
        setOwn(object, name, resolve(value, scope));
      }
      return object;
    }
  }
}

function valueOf(token: Token, scope: Scope): Json {
  return token.kind === "path" ? lookUp(token, scope) : token.program.evaluate(scope);
}

function join(parts: readonly (string | Token)[], scope: Scope): string {
  let text = "";
  for (const part of parts) {
    text += typeof part === "string" ? part : plainText(valueOf(part, scope));
  }
  return text;
}

function resolveKey(template: Template, scope: Scope): string {
  let text = "";
  for (const part of template.parts) {
    if (typeof part === "string") {
      text += part;
      continue;
    }
    const value = valueOf(part, scope);
    if (typeof value === "object" && value !== null) {
      throw malformed(part.expression, "an object key takes only text, numbers, booleans and null");
    }
    text += plainText(value);
  }
  return text;
}
