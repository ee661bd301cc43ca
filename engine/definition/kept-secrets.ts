// Whether a step would keep a secret outside, in the clear: allowed, but often a slip.

import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import type { Read } from "../interpolate/references.ts";
import type { ReadScope } from "./read-scope.ts";
import { member, quote, type Report } from "./report.ts";
import type { Reader } from "./step-references.ts";

const TOKEN = /\$\{\{\s*secrets\.([^}\s$]+)\s*\}\}/g;

/** A warning for each secret that the read puts into a param whose text the action keeps. */
export function checkKept(
  read: Read,
  { node, path }: Reader,
  { scope, report }: { scope: ReadScope; report: Report },
): void {
  if (!node || (read.namespace !== "secrets" && read.namespace !== "inputs")) return;
  const action = scope.actions?.get(node.step.action ?? "");
  const param = action?.keeps?.find((name: string) => {
    const place = member(`${node.path}.params`, name);
    return path === place || path.startsWith(`${place}.`) || path.startsWith(`${place}[`);
  });
  if (param === undefined) return;
  const [name] = read.keys as [string];
  const secrets = read.namespace === "secrets"
    ? [read.remainder ?? name]
    : secretsOfInput(scope.definition.inputs ?? {}, name);
  for (const secret of secrets) {
    report.warn(
      path,
      `writes secret ${quote(secret)} where whoever reads the file sees it; for the text itself, ` +
        `meant for another system, write \${{ '\${{ secrets.${secret} }}' }}`,
    );
  }
}

/** By default inputs and name: thousands of tokens may read one input of megabytes. */
const found = new WeakMap<JsonObject, Map<string, string[]>>();

const INPUT = /\$\{\{\s*inputs\.([\w-]+)|^\s*inputs\.([\w-]+)/g;

/** An input that the text reads by its name and whose default is a secret. */
export function secretInput(text: string, inputs: JsonObject = {}): string | undefined {
  for (const [, inToken, bare] of text.matchAll(INPUT)) {
    const name = (inToken ?? bare)!;
    if (secretsOfInput(inputs, name).length > 0) return name;
  }
  return undefined;
}

function secretsOfInput(inputs: JsonObject, name: string): string[] {
  let known = found.get(inputs);
  if (!known) found.set(inputs, known = new Map());
  let secrets = known.get(name);
  if (!secrets) known.set(name, secrets = secretsIn(inputs[name]));
  return secrets;
}

function secretsIn(value: Json | undefined): string[] {
  if (typeof value === "string") return Array.from(value.matchAll(TOKEN), ([, name]) => name!);
  if (Array.isArray(value)) return value.flatMap(secretsIn);
  return isObject(value) ? Object.values(value).flatMap(secretsIn) : [];
}
