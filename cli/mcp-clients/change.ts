// What becomes of a client's configuration when opcode is written into it, or taken out: texts alone, no file.

import { isDeepStrictEqual } from "node:util";
import { isObject, type JsonObject } from "../../core/json.ts";
import { ConfigFault, type Form } from "./form.ts";
import { jsonForm } from "./json-form.ts";
import { tomlForm } from "./toml-form.ts";
import { type Machine, type McpClient, OF_WAY, type Started } from "./clients.ts";

/** The name of the entry. */
export const NAME = "opcode";

export interface Change {
  /** The whole configuration from now on; undefined: it stays. */
  text: string | undefined;
  state: "added" | "changed" | "removed" | "unchanged";
  /** The entry, where there is one then. */
  entry: JsonObject | undefined;
}

const FORMS: Record<McpClient["form"], Form> = { json: jsonForm, toml: tomlForm };

/** `text`: of the configuration; undefined: there is none. */
export function written(
  client: McpClient,
  text: string | undefined,
  { started, machine }: { started: Started; machine: Machine },
): Change {
  const { path, entry: before } = standing(client, text, machine);
  const entry = { ...ownMembers(before), ...client.entry(started) };
  if (before !== undefined && isDeepStrictEqual(before, entry)) {
    return { text: undefined, state: "unchanged", entry };
  }
  const changed = FORMS[client.form].set(text ?? "", [...path, NAME], entry);
  return { text: changed, state: before === undefined ? "added" : "changed", entry };
}

export function takenOut(client: McpClient, text: string | undefined, machine: Machine): Change {
  const { path, entry } = standing(client, text, machine);
  if (entry === undefined) return { text: undefined, state: "unchanged", entry };
  const changed = FORMS[client.form].set(text!, [...path, NAME], undefined);
  return { text: changed, state: "removed", entry: undefined };
}

/** The entry as it stands, and where it belongs. */
export function standing(
  client: McpClient,
  text: string | undefined,
  machine: Machine,
): { path: readonly string[]; entry: JsonObject | undefined } {
  const config = text === undefined || text.trim() === "" ? {} : FORMS[client.form].read(text);
  const path = client.path(config, machine);
  let at: JsonObject = config;
  const passed: string[] = [];
  for (const name of [...path, NAME]) {
    passed.push(name);
    const below = Object.hasOwn(at, name) ? at[name] : undefined;
    if (below === undefined) return { path, entry: undefined };
    if (!isObject(below)) throw new ConfigFault(`has something else at ${passed.join(".")}`);
    at = below;
  }
  return { path, entry: at };
}

/** What somebody has added to the entry: it is kept. */
function ownMembers(entry: JsonObject = {}): JsonObject {
  return Object.fromEntries(Object.entries(entry).filter(([name]) => !OF_WAY.includes(name)));
}
