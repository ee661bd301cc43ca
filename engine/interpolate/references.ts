// What the tokens and CEL sources of a definition read, as far as their text tells.

import type { OpcodeError } from "../../core/errors.ts";
import { isObject, type Json } from "../../core/json.ts";
import { type CelCompiler, parseParts, type Token } from "./parse.ts";

/** A chain such as `steps.a.output.x`; in CEL it ends where something else than a name follows. */
export interface Read {
  namespace: string;
  /** What follows the namespace. */
  keys: string[];
  /** All that follows the namespace's dot, which may be one key with dots; null after a bracket. */
  remainder: string | null;
  /** Whether an expression reads it: that may ask first whether it is there. */
  computed: boolean;
  /** Of a step or an input: whether what reads it also asks whether there is anything to read. */
  guarded: boolean;
  /** Of what literal it is compared with by == or !=, as the name of its type in JSON Schema. */
  compared?: "number" | "string" | "boolean";
  /** That literal, if it is a text of at most some hundred characters. */
  comparedText?: string;
}

export interface Reading {
  /** What is wrong with the malformed tokens. */
  problems: OpcodeError[];
  reads: Read[];
  /** The text outside of tokens. */
  literals: string[];
}

/** Takes a text with `${{…}}` apart as far as it goes; nothing is thrown. */
export function readTemplate(text: string, compileCel: CelCompiler): Reading {
  const reading: Reading = { problems: [], reads: [], literals: [] };
  const { parts } = parseParts(text, compileCel, (problem) => reading.problems.push(problem));
  for (const part of parts) {
    if (typeof part === "string") reading.literals.push(part);
    else reading.reads.push(...readsOf(part));
  }
  return reading;
}

/** What a token reads. */
export function readsOf(token: Token): Read[] {
  if (token.kind === "cel") return celReads(token.expression);
  const { namespace, segments, remainder } = token;
  const keys = segments.map(({ key }) => key);
  return [{ namespace, keys, remainder, computed: false, guarded: keys[1] === "status" }];
}

const STRING = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/.source;
/** Also such as `?.name` of Expr and `.?name` of CEL. */
const ACCESS = String.raw`\??\.\??\s*[A-Za-z_]\w*|(?:\?\.)?\[\??\s*(?:${STRING})\s*\]`;
const CHAINS = new RegExp(
  `${STRING}|` +
    `(?<![.\\w])(steps|inputs|workflow|loop|iter)((?:\\s*(?:${ACCESS}))+)(\\s*\\()?`,
  "g",
);
/** Of what stands around a chain, so much may tell that it is asked for, not taken. */
const AROUND = 20;
const BEFORE = /\bhas\s*\(\s*$/;
const COMPARED = /^\s*[!=]=\s*(?:(-?\d)|(["'])|(?:true|false)\b)/;
const LONGEST_TEXT = 300;
const COMPARED_TEXT = new RegExp(`^\\s*[!=]=\\s*(${STRING})`);
const AFTER = /^\s*(?:\?\?|\/\/|[!=]=\s*(?:null|nil)\b)/;

const OR_ELSE = /^\s*(?:\?\?|\/\/)/;
const IN_INPUTS = new RegExp(`(${STRING})\\s+in\\s+inputs\\b(?!\\s*[.[])`, "g");

/** The names that a source looks for among the inputs: `'x' in inputs`. */
export function inputsAsked(source: string): string[] {
  return Array.from(source.matchAll(IN_INPUTS), ([, name]) => unquoted(name!));
}

/** What a CEL source reads of steps, inputs, the workflow and the loop; string literals read nothing. */
export function celReads(source: string): Read[] {
  const reads: Read[] = [];
  const asked = new Set<string>();
  for (const match of source.matchAll(CHAINS)) {
    const [all, namespace, chain, call] = match;
    if (namespace === undefined) continue;
    const accesses = chain!.match(new RegExp(ACCESS, "g"))!;
    const keys = accesses.map(keyOf);
    // A name before a parenthesis is a function of what stands before it.
    if (call !== undefined) keys.pop();
    if (keys.length === 0) continue;
    const end = match.index + all.length;
    // A step is always there, and so is its output, as null: `has` says nothing of these.
    const mayLack = keys.length > (keys[1] === "output" ? 2 : 1);
    const after = source.slice(end, end + AROUND);
    const isOptional = accesses.some((access) => /^\W*\?/.test(access));
    const isTested = () =>
      BEFORE.test(source.slice(Math.max(0, match.index - AROUND), match.index));
    const isAsked = namespace === "steps"
      ? keys[1] === "status" || isOptional || mayLack && isTested() ||
        keys.length > 1 && AFTER.test(after)
      : namespace === "inputs" && (isOptional || isTested() || OR_ELSE.test(after));
    if (isAsked) asked.add(`${namespace}.${keys[0]!}`);
    const [literal, number, quote] = COMPARED.exec(after) ?? [];
    const compared = number ? "number" : quote ? "string" : "boolean";
    const text = quote === undefined
      ? undefined
      : COMPARED_TEXT.exec(source.slice(end, end + AROUND + LONGEST_TEXT))?.[1];
    reads.push({
      namespace,
      keys,
      remainder: null,
      computed: true,
      guarded: false,
      ...(literal !== undefined && { compared }),
      ...(text !== undefined && { comparedText: unquoted(text) }),
    });
  }
  for (const name of inputsAsked(source)) asked.add(`inputs.${name}`);
  for (const read of reads) {
    read.guarded = asked.has(`${read.namespace}.${read.keys[0]!}`);
  }
  return reads;
}

/** What a jq program reads of its input itself, which is what it names before its first pipe. */
export function jqReads(source: string): Read[] {
  const [head = ""] = source.split("|", 1);
  if (/\bdef\b/.test(head)) return [];
  const bare = head.replace(/(?<![\w.\])"'])\.(?=(?:steps|inputs|workflow|loop|iter)\b)/g, " ");
  return celReads(bare);
}

function keyOf(access: string): string {
  if (!access.endsWith("]")) return /\w+$/.exec(access)![0];
  return unquoted(access.slice(access.indexOf("[") + 1, -1).replace(/^\?/, "").trim());
}

function unquoted(literal: string): string {
  return literal.slice(1, -1).replace(/\\(.)/gs, "$1");
}

/** Whether the value holds a token that is no plain path, so that compiling it takes CEL. */
export function needsCel(value: Json): boolean {
  if (typeof value === "string") {
    const uncompiled = () => ({ evaluate: () => null });
    const { parts } = parseParts(value, uncompiled, () => {});
    return parts.some((part) => typeof part !== "string" && part.kind === "cel");
  }
  if (Array.isArray(value)) return value.some(needsCel);
  return isObject(value) &&
    Object.entries(value).some(([key, item]) => needsCel(key) || needsCel(item));
}
