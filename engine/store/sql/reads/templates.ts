// How templates are found: one version, the latest, or a list of all.

import { fitting, type Slice } from "../../page.ts";
import type { NewestVersion, TemplateFilter, TemplateRow } from "../../store.ts";
import { columnsOf, TEMPLATES } from "../../tables.ts";
import type { Raw, Reading, Value } from "../reading.ts";
import type { Source } from "../source.ts";
import { BARE_TEMPLATE, TEMPLATE } from "./rows.ts";

export function* template(
  source: Source,
  name: string,
  version: number | null,
): Reading<TemplateRow | null> {
  const named = `SELECT ${TEMPLATE.columns()} FROM templates WHERE name = ?`;
  const rows = version === null
    ? yield* source.rows(`${named} ORDER BY version DESC LIMIT 1`, [name])
    : yield* source.rows(`${named} AND version = ?`, [name, version]);
  const [row = null] = yield* TEMPLATE.read(source, rows);
  return row;
}

/** What the newest version says without its texts; null when there is no such template. */
export function* newestVersion(source: Source, name: string): Reading<NewestVersion | null> {
  const row = yield* source.row(
    "SELECT version, archived_at FROM templates WHERE name = ? ORDER BY version DESC LIMIT 1",
    [name],
  );
  return row ? { version: row.version, archivedAt: row.archived_at } : null;
}

/** Names that one read looks at for templates whose latest version is an agent's. */
const WINDOW = 2_000;

/**
 * By name, newest version first, after (name, version). The latest of an agent: a page may be
 * short, or empty, and still have a next one.
 */
export function* listTemplates(
  source: Source,
  filter: TemplateFilter,
  after: [string, number] | null,
): Reading<Slice<TemplateRow>> {
  const { rows, beyond } = filter.latest
    ? yield* latestRows(source, filter, after)
    : { rows: yield* allRows(source, filter, after), beyond: null };
  if (filter.brief) {
    const fit = rows.slice(0, filter.limit).map((raw) => ({ ...raw, ...NONE }));
    return { rows: yield* TEMPLATE.read(source, fit), more: fit.length < rows.length, beyond };
  }
  const size = TEXTS.map(source.dialect.contentSize).join(" + ");
  const sizes = yield* byNo(source, `${size} AS size`, rows);
  const fit = fitting(rows, filter.limit, ({ no }) => sizes.get(no)!.size);
  const texts = yield* byNo(source, TEXTS.join(", "), fit);
  const whole = fit.map((raw) => ({ ...raw, ...texts.get(raw.no) }));
  return { rows: yield* TEMPLATE.read(source, whole), more: fit.length < rows.length, beyond };
}

/** These columns of the rows, by the rows' numbers. */
function* byNo(
  source: Source,
  columns: string,
  rows: readonly Raw[],
): Reading<Map<number, Raw>> {
  const found = yield* source.rows(
    `SELECT no, ${columns} FROM templates
     WHERE no IN (SELECT value FROM ${source.dialect.numbersOf("?")})`,
    [JSON.stringify(rows.map(({ no }) => no))],
  );
  return new Map(found.map((raw) => [raw.no, raw]));
}

/** As in the indexes on them. */
const THOSE = { archived: "archived_at IS NOT NULL", inUse: "archived_at IS NULL" };

/** Goes on in the middle of a template's versions, not past all that are newer. */
function* allRows(
  source: Source,
  { agentId, name, namePrefix, archived, limit }: TemplateFilter,
  after: [string, number] | null,
): Reading<Raw[]> {
  const read = (parts: string[], values: Value[], most: number) => {
    if (namePrefix !== undefined) {
      // What goes on begins where it was: of two lower bounds an index takes either.
      if (after === null) {
        parts.push("name >= ?");
        values.push(namePrefix);
      }
      parts.push("name < ?");
      values.push(namePrefix + LAST);
    }
    if (archived !== undefined) parts.push(THOSE[archived ? "archived" : "inUse"]);
    if (agentId !== undefined) {
      parts.push("agent_id = ?");
      values.push(agentId);
    }
    const where = parts.length === 0 ? "" : `WHERE ${parts.join(" AND ")}`;
    return source.rows(
      `SELECT no, ${BARE_TEMPLATE.columns()} FROM templates ${where}
       ORDER BY name, version DESC LIMIT ?`,
      [...values, most],
    );
  };
  const most = limit + 1;
  if (after === null) {
    return yield* name === undefined ? read([], [], most) : read(["name = ?"], [name], most);
  }
  if (name !== undefined && name !== after[0]) {
    return name < after[0] ? [] : yield* read(["name = ?"], [name], most);
  }
  const rows = yield* read(["name = ?", "version < ?"], after, most);
  if (name !== undefined || rows.length === most) return rows;
  return [...rows, ...yield* read(["name > ?"], [after[0]], most - rows.length)];
}

/** The highest version of each name, however many there are. */
function* latestRows(
  source: Source,
  { name, namePrefix, agentId, archived, limit }: TemplateFilter,
  after: [string, number] | null,
): Reading<{ rows: Raw[]; beyond: [string, number] | null }> {
  const names = name !== undefined
    ? (after !== null && name <= after[0] ? [] : [name])
    : yield* namesOf(source, {
      agentId,
      archived,
      after: after?.[0],
      limit: agentId ? WINDOW : limit + 1,
      prefix: namePrefix,
    });
  const parts = ["t.version = (SELECT max(m.version) FROM templates m WHERE m.name = t.name)"];
  const values: Value[] = [JSON.stringify(names)];
  if (archived !== undefined) parts.push(`t.${THOSE[archived ? "archived" : "inUse"]}`);
  if (agentId !== undefined) {
    parts.push("t.agent_id = ?");
    values.push(agentId);
  }
  const rows = yield* source.rows(
    `SELECT t.no, ${BARE_TEMPLATE.columns("t")}
     FROM ${source.dialect.textsOf("?")} CROSS JOIN templates t
     WHERE t.name = value AND ${parts.join(" AND ")} ORDER BY t.name LIMIT ?`,
    [...values, limit + 1],
  );
  const last = names.length === WINDOW && rows.length <= limit ? names.at(-1) : undefined;
  return { rows, beyond: agentId === undefined || last === undefined ? null : [last, 0] };
}

/** Names in order, each once, after this one: from one to the next, without their versions. */
function* namesOf(
  source: Source,
  { agentId, archived, after, limit, prefix = "" }: {
    agentId?: string | undefined;
    archived?: boolean | undefined;
    after?: string | undefined;
    limit: number;
    prefix?: string | undefined;
  },
): Reading<string[]> {
  const those = archived === undefined ? "" : `${THOSE[archived ? "archived" : "inUse"]} AND `;
  const ofAgent = (agentId === undefined ? "" : "agent_id = ? AND ") + those;
  const below = prefix === "" ? "" : " AND name < ?";
  const bound = agentId === undefined ? [] : [agentId];
  const end = prefix === "" ? [] : [prefix + LAST];
  const next = (than: string, is = ">") =>
    `SELECT min(name) FROM templates WHERE ${ofAgent}name ${is} ${than}${below}`;
  const rows = yield* source.rows(
    `WITH RECURSIVE found(name) AS (
       ${next("?", after === undefined ? ">=" : ">")}
       UNION ALL
       SELECT (${next("found.name")}) FROM found WHERE found.name IS NOT NULL
     ) SELECT name FROM found WHERE name IS NOT NULL LIMIT ?`,
    [...bound, after ?? prefix, ...end, ...bound, ...end, limit],
  );
  return rows.map((raw) => raw.name);
}

const CONTENTS = columnsOf(TEMPLATES).filter(({ column }) => column.kind === "content");
const TEXTS = CONTENTS.map(({ name }) => name);
const NONE = Object.fromEntries(
  CONTENTS.map(({ name, column }) => [name, column.nullable ? null : "{}"]),
);

/** The first names in order, each once; of those that begin so. */
export function templateNames(source: Source, limit: number, prefix = ""): Reading<string[]> {
  return namesOf(source, { limit, prefix });
}

/** Comes after every character that a name may have. */
const LAST = "\u{10ffff}";
