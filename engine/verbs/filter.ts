// How the criteria of a list are read: each checked, a wrong one named.

import { faultAt } from "../../core/fault-at.ts";
import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import { nearest } from "../../core/nearest.ts";
import { unknownName } from "../../core/unknown.ts";
import { parseMoment } from "../../core/moment.ts";
import { cut } from "../../core/text.ts";
import { LISTS, pageOf, type QueryResource } from "../contract/query.ts";
import { type EventId, parseEventId } from "../store/event-id.ts";
import { openCursor, sealCursor } from "../list-cursor.ts";
import { pageLimit } from "../page-limit.ts";

/** A filter object whose members are taken out one by one; all faults are VALIDATION_ERROR. */
export class Filter {
  readonly #list: QueryResource;
  readonly #values: JsonObject;

  constructor(list: QueryResource, values: Json) {
    if (!isObject(values)) throw faultAt("filter", "must be an object");
    const unknown = unknownName(Object.keys(values), Object.keys(LISTS[list].filters), {
      what: `a filter of ${list}`,
      lists: true,
    });
    if (unknown) throw faultAt(`filter.${unknown.name}`, unknown.rule);
    this.#list = list;
    this.#values = values;
  }

  text(key: string): string | undefined {
    const value = this.#values[key];
    if (value === undefined || value === null) return undefined;
    if (typeof value !== "string" || value === "") {
      throw faultAt(`filter.${key}`, "must be a non-empty string");
    }
    return value;
  }

  /** The named members under the store's names. */
  texts(names: Record<string, string>): Record<string, string> {
    const found: Record<string, string> = {};
    for (const [key, name] of Object.entries(names)) {
      const value = this.text(key);
      if (value !== undefined) found[name] = value;
    }
    return found;
  }

  has(key: string): boolean {
    return (this.#values[key] ?? null) !== null;
  }

  /** False when absent; URLs and weak clients give it as text. */
  flag(key: string): boolean {
    const value = this.#values[key];
    if (value === undefined || value === null) return false;
    if (value === true || value === "true") return true;
    if (value === false || value === "false") return false;
    throw faultAt(`filter.${key}`, "must be true or false");
  }

  /** One of what the contract of the list has for it. */
  oneOf<T extends string>(key: string): T | undefined {
    const value = this.text(key);
    const allowed = LISTS[this.#list].filters[key]!.enum as T[];
    if (value !== undefined) refuseOther(`filter.${key}`, value, allowed);
    return value as T | undefined;
  }

  /** Some of what the contract of the list has for it: a text with commas between them, or an array. */
  several<T extends string>(key: string): T[] | undefined {
    const value = this.#values[key];
    if (value === undefined || value === null) return undefined;
    const given = typeof value === "string" ? value.split(",") : value;
    if (!Array.isArray(given) || given.length === 0) {
      throw faultAt(`filter.${key}`, "must be a non-empty string, or several");
    }
    const { enum: allowed } = LISTS[this.#list].filters[key]!.items as { enum: T[] };
    for (const each of given) {
      if (typeof each !== "string" || each === "") {
        throw faultAt(`filter.${key}`, "must be a non-empty string, or several");
      }
      refuseOther(`filter.${key}`, each, allowed);
    }
    return [...new Set(given as T[])];
  }

  /** The named times under the store's names; VALIDATION_ERROR for one that is none. */
  times<Name extends string>(names: Record<string, Name>): { [N in Name]?: number } {
    const found: { [N in Name]?: number } = {};
    for (const [key, name] of Object.entries(names)) {
      const text = this.text(key);
      if (text === undefined) continue;
      const time = parseMoment(text);
      if (time === undefined) {
        throw faultAt(`filter.${key}`, "must be an RFC 3339 time such as 2026-01-31T12:00:00Z");
      }
      found[name] = time;
    }
    return found;
  }

  eventId(key: string): EventId | undefined {
    const value = this.#values[key];
    if (value === undefined || value === null) return undefined;
    const id = parseEventId(value);
    if (id !== null) return id;
    throw faultAt(`filter.${key}`, "must be an event id");
  }

  /** Rows in a page: a whole number from 1 to 1,000; of the list's own default. */
  limit(): number {
    const initial = pageOf(this.#list);
    return pageLimit(this.#values.limit, { initial, path: "filter.limit" });
  }

  /** Where to go on, as the store has it; refused when it came with other criteria. */
  cursor(): { cursor?: string } {
    const text = this.text("cursor");
    return text === undefined ? {} : { cursor: openCursor(this.#list, this.#values, text) };
  }

  /** A page of the list: its rows, and the cursor to the next one. */
  page(rows: JsonObject[], next: string | null): { rows: JsonObject[]; next_cursor?: string } {
    if (next === null) return { rows };
    return { rows, next_cursor: sealCursor(this.#list, this.#values, next) };
  }

  /** VALIDATION_ERROR when one of these stands beside a criterion that leaves it no meaning. */
  refuseBeside(key: string, ...others: string[]): void {
    const other = others.find((name) => (this.#values[name] ?? null) !== null);
    if (other !== undefined) {
      throw faultAt(`filter.${other}`, `has no meaning beside filter.${key}`);
    }
  }
}

function refuseOther(path: string, value: string, allowed: readonly string[]): void {
  if (allowed.includes(value)) return;
  const near = nearest(value, allowed);
  throw faultAt(
    path,
    near
      ? `unknown value "${cut(value)}", did you mean "${near}"?`
      : `must be one of ${allowed.join(", ")}`,
  );
}
