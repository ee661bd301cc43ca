// A setting that has a number for each of some names, as how many runs of which workflow there may be.

import { isObject } from "../../core/json.ts";
import { checkIdentifier } from "../../engine/identifiers.ts";
import type { SettingKey } from "./setting-key.ts";

/** From 1 on; in flags and variables `NAME=NUMBER,…`, where a name may have no comma. */
export function counts(): SettingKey<Record<string, number>> {
  return {
    initial: {},
    rule:
      'whole numbers from 1 on by name: "deploy=1,report=5", in settings.json {"deploy": 1, "report": 5}',
    read(value) {
      const entries = typeof value === "string"
        ? entriesOf(value)
        : Object.entries(asObject(value));
      const names = new Set(entries.map(([name]) => name));
      if (names.size < entries.length || !entries.every(isCount)) return undefined;
      return Object.fromEntries(entries) as Record<string, number>;
    },
  };
}

function asObject(value: unknown): object {
  return isObject(value) ? value : { "": value };
}

function entriesOf(text: string): [string, unknown][] {
  return text.split(",").filter((item) => item.trim() !== "").map((item) => {
    const at = item.lastIndexOf("=");
    const number = item.slice(at + 1).trim();
    return [item.slice(0, Math.max(at, 0)).trim(), /^\d+$/.test(number) ? Number(number) : null];
  });
}

function isCount([name, count]: [string, unknown]): boolean {
  try {
    checkIdentifier("name", name);
  } catch {
    return false;
  }
  return Number.isSafeInteger(count) && (count as number) >= 1;
}
