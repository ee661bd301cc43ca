// How templates are found: one version, the latest, or a list of all.

import { type Slice, sliceRows } from "../../page.ts";
import type { TemplateFilter, TemplateRow } from "../../store.ts";
import { sizeOf } from "./sizes.ts";
import type { Raw, Source } from "./source.ts";

export function template(source: Source, name: string, version: number | null): TemplateRow | null {
  const raw = version === null
    ? source.row("SELECT * FROM templates WHERE name = ? ORDER BY version DESC LIMIT 1", [name])
    : source.row("SELECT * FROM templates WHERE name = ? AND version = ?", [name, version]);
  return raw === undefined ? null : decode(source, raw);
}

const LATEST = "(SELECT max(version) FROM templates AS other WHERE other.name = templates.name)";

/** By name, newest version first, after (name, version). */
export function listTemplates(
  source: Source,
  filter: TemplateFilter,
  after: [string, number] | null,
): Slice<TemplateRow> {
  const parts: string[] = [];
  const values: (number | string)[] = [];
  const add = (part: string, ...bound: (number | string)[]) => {
    parts.push(part);
    values.push(...bound);
  };
  if (filter.agentId !== undefined) add("agent_id = ?", filter.agentId);
  if (filter.name !== undefined) add("name = ?", filter.name);
  if (filter.latest) add(`version = ${LATEST}`);
  if (after !== null) add("name >= ? AND (name > ? OR version < ?)", after[0], after[0], after[1]);
  const where = parts.length === 0 ? "" : `WHERE ${parts.join(" AND ")}`;
  const rows = source.rows(
    `SELECT no, name, version, description, agent_id, created_at, ${
      filter.brief ? "0" : TEXTS.map(sizeOf).join(" + ")
    } AS size
     FROM templates ${where} ORDER BY name, version DESC LIMIT ?`,
    [...values, filter.limit + 1],
  );
  const texts = `SELECT ${TEXTS.join(", ")} FROM templates WHERE no = ?`;
  return sliceRows(
    rows,
    filter.limit,
    ({ size }) => size,
    (raw) => decode(source, { ...raw, ...(filter.brief ? NONE : source.row(texts, [raw.no])) }),
  );
}

const TEXTS = ["definition", "input_schema", "output_schema", "triggers"];
const NONE = { definition: "{}", input_schema: null, output_schema: null, triggers: null };

/** The first names in order, each once. */
export function templateNames(source: Source, limit: number): string[] {
  const rows = source.rows("SELECT DISTINCT name FROM templates ORDER BY name LIMIT ?", [limit]);
  return rows.map((raw) => raw.name);
}

function decode(source: Source, raw: Raw): TemplateRow {
  return {
    name: raw.name,
    version: raw.version,
    description: raw.description,
    definition: source.text(raw.definition)!,
    inputSchema: source.text(raw.input_schema),
    outputSchema: source.text(raw.output_schema),
    triggers: source.text(raw.triggers),
    agentId: raw.agent_id,
    createdAt: raw.created_at,
  };
}
