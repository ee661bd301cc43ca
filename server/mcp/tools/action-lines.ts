// How all actions and their params fit into a few lines of a tool's description.

import { isObject, type JsonObject } from "../../../core/json.ts";

/** What of an action its line is made of. */
export interface NamedParams {
  name: string;
  input: JsonObject;
}

/** Params in common from which on an action is told by what it has beside them. */
const WORTH_SHARING = 4;

/**
 * A line for all actions of a family with the same params: `fs.copy/move {src, dst, create_dirs?}`.
 * A `?` stands at those that may be absent; other names of a param are left out.
 */
export function actionLines(actions: readonly NamedParams[]): string {
  const lines = new Map<string, { names: string[]; params: string[] }>();
  for (const { name, input } of actions) {
    const params = paramsOf(input);
    const family = name.split(".")[0]!;
    const key = JSON.stringify([family, params]);
    const line = lines.get(key);
    if (line) line.names.push(name.slice(family.length + 1));
    else lines.set(key, { names: [name], params });
  }
  const all = [...lines.values()];
  return all.map(({ names, params }) => {
    const base = all.find((line) => isPartOf(line.params, params) && line.names !== names);
    const told = base
      ? [`as ${base.names[0]}`, ...params.filter((one) => !base.params.includes(one))]
      : params;
    return `${names.join("/")} {${told.join(", ")}}`;
  }).join("\n");
}

function isPartOf(some: readonly string[], all: readonly string[]): boolean {
  return some.length >= WORTH_SHARING && some.length < all.length &&
    some.every((one) => all.includes(one));
}

function paramsOf(input: JsonObject): string[] {
  const [form] = Array.isArray(input.anyOf) ? input.anyOf : [];
  const required = [input.required, isObject(form ?? null) ? (form as JsonObject).required : []]
    .flat();
  return Object.entries(input.properties as JsonObject)
    .filter(([, schema]) => !isAlias(schema as JsonObject))
    .map(([name]) => required.includes(name) ? name : `${name}?`);
}

function isAlias({ description }: JsonObject): boolean {
  return typeof description === "string" && description.startsWith("Another name of ");
}
