// The grammar of a path inside a token: `steps.a.output.items[0]['key with . dots']`.

import { malformed } from "./errors.ts";

export const NAMESPACES = [
  "steps",
  "inputs",
  "workflow",
  "context",
  "secrets",
  "loop",
  "decision",
] as const;
export type Namespace = (typeof NAMESPACES)[number];

/** One step down into a value. */
export interface Segment {
  key: string;
  /** Set when the segment may also index an array; negative counts from the end. */
  index: number | null;
}

export interface Path {
  kind: "path";
  expression: string;
  namespace: Namespace;
  segments: Segment[];
  /** All that follows the namespace's dot: tried first as one key of inputs, workflow, context. */
  remainder: string | null;
}

/** Characters that only an expression has; `- / :` make one when they stand between spaces. */
const OPERATORS = /[\](){}'"`<>=!&|+*%?,]|\s[-/:]\s|\sin\s/;
const LITERALS = ["true", "false", "null"];
const ACCESSOR = /\.([^.[]*)|\[\s*(?:(-?\d+)|"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')\s*\]/y;

/**
 * Reads a token's text as a path; null when it is not one (it may be an expression). A path with
 * an unknown namespace, nothing after its namespace, or an empty segment is an INTERPOLATION_ERROR.
 */
export function parsePath(expression: string): Path | null {
  const name = /^[A-Za-z_][A-Za-z0-9_-]*/.exec(expression)?.[0];
  if (name === undefined || LITERALS.includes(name)) return null;
  const rest = expression.slice(name.length);
  if (name === "secrets" && rest.startsWith(".")) return secretPath(expression, rest.slice(1));
  const segments = parseSegments(expression, rest);
  if (segments === null) return null;
  const namespace = checkNamespace(expression, name);
  if (segments.length === 0) throw malformed(expression, bareNamespace(name));
  if (namespace === "secrets" && segments.length > 1) {
    throw malformed(expression, "a secret is text and has no fields");
  }
  const remainder = rest.startsWith(".") ? rest.slice(1) : null;
  return { kind: "path", expression, namespace, segments, remainder };
}

function parseSegments(expression: string, rest: string): Segment[] | null {
  const segments: Segment[] = [];
  let at = 0;
  let empty = false;
  while (at < rest.length) {
    ACCESSOR.lastIndex = at;
    const match = ACCESSOR.exec(rest);
    if (!match) return null;
    at = ACCESSOR.lastIndex;
    const [, name, index, double, single] = match;
    if (name !== undefined) {
      if (OPERATORS.test(name)) return null;
      empty ||= name.trim() === "";
      segments.push({ key: name, index: /^\d+$/.test(name) ? Number(name) : null });
    } else if (index !== undefined) {
      segments.push({ key: index, index: Number(index) });
    } else {
      segments.push({ key: (double ?? single)!.replace(/\\(.)/gs, "$1"), index: null });
    }
  }
  if (empty) throw malformed(expression, "empty path segment");
  return segments;
}

/** The rest is the secret's name, whatever characters it has. */
function secretPath(expression: string, name: string): Path {
  if (name === "") throw malformed(expression, bareNamespace("secrets"));
  return {
    kind: "path",
    expression,
    namespace: "secrets",
    segments: [{ key: name, index: null }],
    remainder: name,
  };
}

/** What may follow a namespace that is written alone. */
const MEMBERS: Readonly<Record<string, string>> = {
  steps: "steps.ID.output",
  workflow: "workflow.run_id",
  loop: "loop.item",
  iter: "loop.item",
  decision: "decision.link",
};

function bareNamespace(name: string): string {
  const written = Object.hasOwn(MEMBERS, name) ? MEMBERS[name] : `${name}.NAME`;
  return `"${name}" needs a name after it: write \${{${written}}}`;
}

/** What other tools call what can be read. */
const MEANT: Readonly<Record<string, string>> = {
  ...asked("input params parameters args variables vars", "params of a run are ${{inputs.NAME}}"),
  ...asked("item each row element it", "an item of a loop is ${{loop.item}}"),
  ...asked("index i", "the number of an iteration is ${{loop.index}}"),
  ...asked(
    "step needs nodes tasks jobs outputs output result",
    "an output is ${{steps.ID.output}}",
  ),
  ...asked("secret env vault", "a secret is ${{secrets.NAME}}, other values are ${{inputs.NAME}}"),
  ...asked("run execution run_id workflow_id", "the run's id is ${{workflow.run_id}}"),
  ...asked("error", "in the on_error hook it is ${{workflow.error.message}}"),
};

function asked(names: string, advice: string): Record<string, string> {
  return Object.fromEntries(names.split(" ").map((name) => [name, advice]));
}

function checkNamespace(expression: string, name: string): Namespace {
  // Expressions call the loop `iter`, because `loop` is a reserved word of CEL.
  if (name === "iter") return "loop";
  if ((NAMESPACES as readonly string[]).includes(name)) return name as Namespace;
  const meant = Object.hasOwn(MEANT, name) ? MEANT[name] : undefined;
  throw malformed(
    expression,
    `unknown namespace "${name}"; it must be one of ${NAMESPACES.join(", ")}` +
      (meant === undefined ? "" : `; ${meant}`),
    { available: [...NAMESPACES], namespace: name },
  );
}
