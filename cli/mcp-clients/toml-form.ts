// How a configuration in TOML is changed at one table: as text, so that all else stays, and then read to see that it has.

import { isDeepStrictEqual } from "node:util";
import { parse, stringify } from "smol-toml";
import type { Json, JsonObject } from "../../core/json.ts";
import { ConfigFault, type Form, nested } from "./form.ts";

export const tomlForm: Form = {
  read(text) {
    try {
      return plain(parse(text));
    } catch (thrown) {
      throw new ConfigFault(`is no TOML: ${(thrown as Error).message.split("\n")[0]}`);
    }
  },

  set(text, path, value) {
    const lines = text === "" ? [] : text.split("\n");
    const kept: string[] = [];
    let at: number | undefined;
    let isOurs = false;
    for (const line of lines) {
      const header = /^\s*\[\[?\s*([^\]]+?)\s*\]\]?\s*(?:#.*)?$/.exec(line)?.[1];
      if (header !== undefined) isOurs = isBelow(header, path);
      if (isOurs) at ??= kept.length;
      else kept.push(line);
    }
    if (value) insert(kept, at, stringify(nested(path, value)).trim().split("\n"));
    const changed = `${kept.join("\n").replace(/\n+$/, "")}\n`;
    assertOnly(changed, { before: tomlForm.read(text), path, value });
    return changed;
  },
};

function insert(lines: string[], at: number | undefined, table: string[]): void {
  if (at === undefined) {
    while (lines.at(-1)?.trim() === "") lines.pop();
    lines.push(...lines.length > 0 ? [""] : [], ...table);
  } else {
    lines.splice(at, 0, ...table, ...at < lines.length ? [""] : []);
  }
}

/** Whether a header names the table, or one inside it; a name may stand in quotes. */
function isBelow(header: string, path: readonly string[]): boolean {
  const names = header.match(/"[^"]*"|'[^']*'|[^.\s]+/g) ?? [];
  return path.every((name, n) => names[n]?.replace(/^["']|["']$/g, "") === name);
}

/** What looks like a header may be the middle of a text, or of a list: all but the entry has to be as it was. */
function assertOnly(
  changed: string,
  { before, path, value }: {
    before: JsonObject;
    path: readonly string[];
    value: JsonObject | undefined;
  },
): void {
  try {
    const after = plain(parse(changed));
    const wanted = withMember(before, path, value);
    if (isDeepStrictEqual(withMember(after, path, memberOf(after, path)), wanted)) return;
  } catch {
    // As one in which the servers stand in braces, and take no header.
  }
  throw new ConfigFault("is written in a way that is not changed here: do it by hand");
}

function memberOf(config: JsonObject, path: readonly string[]): JsonObject | undefined {
  return path.reduce<JsonObject | undefined>(
    (at, name) => at?.[name] as JsonObject | undefined,
    config,
  );
}

function withMember(config: JsonObject, path: readonly string[], value?: JsonObject): JsonObject {
  const [name, ...rest] = path as [string, ...string[]];
  const { [name]: below, ...others } = config;
  if (rest.length > 0) {
    const inner = withMember((below ?? {}) as JsonObject, rest, value);
    return Object.keys(inner).length > 0 ? { ...others, [name]: inner } : others;
  }
  return value === undefined ? others : { ...others, [name]: plain(value) };
}

/** Without the classes of a library; dates as they are written. */
function plain(table: object): JsonObject {
  return Object.fromEntries(Object.entries(table).map(([name, value]) => [name, plainly(value)]));
}

function plainly(value: unknown): Json {
  if (Array.isArray(value)) return value.map(plainly);
  if (value instanceof Date || typeof value === "bigint") return String(value);
  return typeof value === "object" && value !== null ? plain(value) : value as Json;
}
