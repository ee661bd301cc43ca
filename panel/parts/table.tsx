// How lists look: a table whose rows lead somewhere, and the way to the next page.

import type { ComponentChildren } from "preact";
import type { Place } from "../page.ts";

export interface Column<Row> {
  head: string;
  /** What stands there in place of its name. */
  headCell?: ComponentChildren;
  cell(row: Row): ComponentChildren;
  /** Numbers and times stand at the right. */
  end?: boolean;
  /** Left out on a phone. */
  wide?: boolean;
  /** What rows are chosen with. */
  mark?: boolean;
}

export interface TableProps<Row> {
  /** What is listed, for those who hear the page. */
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  keyOf(row: Row): string;
  /** What stands there when there are no rows. */
  empty: ComponentChildren;
}

export function Table<Row>({ label, columns, rows, keyOf, empty }: TableProps<Row>) {
  if (rows.length === 0) return <div class="empty">{empty}</div>;
  return (
    <div class="sheet">
      <table aria-label={label}>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.head} class={classOf(column)} scope="col">
                {column.headCell ?? column.head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)}>
              {columns.map((column) => (
                <td key={column.head} class={classOf(column)}>{column.cell(row)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function classOf<Row>({ end, wide, mark }: Column<Row>): string | undefined {
  return [end && "end", wide && "wide", mark && "mark"].filter(Boolean).join(" ") || undefined;
}

/** A link that its whole row is. */
export function RowLink({ href, children }: { href: string; children: ComponentChildren }) {
  return <a class="row" href={href}>{children}</a>;
}

/** From page to page by cursor: there is always a way back to the first one, and on when there is more. */
export function Pager({ place, next }: { place: Place; next: string | undefined }) {
  const at = (cursor: string | null) => {
    const query = new URLSearchParams(place.query);
    if (cursor === null) query.delete("cursor");
    else query.set("cursor", cursor);
    const text = query.toString();
    return text === "" ? place.path : `${place.path}?${text}`;
  };
  const isFirst = !place.query.has("cursor");
  if (isFirst && next === undefined) return null;
  return (
    <nav class="pager" aria-label="Pages">
      {!isFirst && <a href={at(null)}>← First page</a>}
      {next !== undefined && <a href={at(next)} rel="next">Next page →</a>}
    </nav>
  );
}
