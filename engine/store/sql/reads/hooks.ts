// How hooks are found: the one that a delivery is for, and a list of them.

import { type Slice, sliceRows } from "../../page.ts";
import type { HookFilter, HookRow } from "../../store.ts";
import type { Reading } from "../reading.ts";
import type { Source } from "../source.ts";
import { HOOK } from "./rows.ts";

const COLUMNS = HOOK.columns();

export function* hook(source: Source, templateName: string, name: string): Reading<HookRow | null> {
  const raw = yield* source.row(
    `SELECT ${COLUMNS} FROM hooks WHERE template_name = ? AND name = ?`,
    [templateName, name],
  );
  return raw === undefined ? null : HOOK.decode(raw);
}

/** By template and name, after these. */
export function* listHooks(
  source: Source,
  { templateName, agentId, limit }: HookFilter,
  after: [string, string] | null,
): Reading<Slice<HookRow>> {
  const criteria: [string, string[] | undefined][] = [
    ["template_name = ?", templateName === undefined ? undefined : [templateName]],
    ["agent_id = ?", agentId === undefined ? undefined : [agentId]],
    ["(template_name, name) > (?, ?)", after ?? undefined],
  ];
  const given = criteria.filter(([, values]) => values !== undefined);
  const where = given.length === 0 ? "" : `WHERE ${given.map(([sql]) => sql).join(" AND ")}`;
  const rows = yield* source.rows(
    `SELECT ${COLUMNS} FROM hooks ${where} ORDER BY template_name, name LIMIT ?`,
    [...given.flatMap(([, values]) => values!), limit + 1],
  );
  const sizeOf = ({ map }: { map?: string | null }) => map?.length ?? 0;
  return sliceRows(rows, limit, sizeOf, HOOK.decode);
}
