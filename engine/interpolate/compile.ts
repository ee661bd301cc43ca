// How a params object becomes something that can be resolved again and again without parsing.

import type { Json } from "../../core/json.ts";
import { type CelCompiler, parseTemplate, type Template, type Token } from "./parse.ts";

export type CompiledValue =
  /** A scalar without tokens. */
  | { kind: "scalar"; value: Json }
  /** An object or array without tokens: copied, because actions may change what they get. */
  | { kind: "constant"; value: Json }
  | { kind: "token"; token: Token }
  | { kind: "text"; parts: readonly (string | Token)[] }
  | { kind: "array"; items: CompiledValue[] }
  | { kind: "object"; entries: [key: string | Template, value: CompiledValue][] };

export interface CompileOptions {
  /** Without it a token that is not a plain path is an INTERPOLATION_ERROR. */
  compileCel?: CelCompiler | undefined;
}

/**
 * Compiles a JSON value once, for many resolutions. Object keys may hold tokens too. Throws
 * INTERPOLATION_ERROR for the first malformed token.
 */
export function compileValue(value: Json, options: CompileOptions = {}): CompiledValue {
  if (typeof value === "string") return compileString(value, options);
  if (typeof value !== "object" || value === null) return { kind: "scalar", value };
  if (Array.isArray(value)) {
    const items = value.map((item) => compileValue(item, options));
    return items.every(isConstant) ? { kind: "constant", value } : { kind: "array", items };
  }
  let constant = true;
  const entries = Object.keys(value).map((name): [string | Template, CompiledValue] => {
    const key = parseTemplate(name, options.compileCel) ?? name;
    const compiled = compileValue(value[name]!, options);
    constant &&= typeof key === "string" && isConstant(compiled);
    return [key, compiled];
  });
  return constant ? { kind: "constant", value } : { kind: "object", entries };
}

function compileString(text: string, options: CompileOptions): CompiledValue {
  const template = parseTemplate(text, options.compileCel);
  if (!template) return { kind: "scalar", value: text };
  const [first] = template.parts;
  if (template.parts.length === 1 && typeof first !== "string") {
    return { kind: "token", token: first! };
  }
  return { kind: "text", parts: template.parts };
}

function isConstant(value: CompiledValue): boolean {
  return value.kind === "scalar" || value.kind === "constant";
}
