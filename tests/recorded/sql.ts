// How a database becomes SQL text that a person can read, and a database again.

import { DatabaseSync } from "node:sqlite";

type Cell = null | number | bigint | string | Uint8Array;

/** Tables that a store makes by itself. */
const OWN = /^(sqlite_|libsql_)/;

/** The layout and all rows, in one order: the same database gives the same text. */
export function dump(path: string): string {
  const database = new DatabaseSync(path);
  try {
    const layout = database.prepare(
      "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type DESC, name",
    ).all() as { type: string; name: string; sql: string }[];
    const own = layout.filter(({ name }) => !OWN.test(name));
    const lines = own.map(({ sql }) => `${sql.replaceAll(/\n\s*/g, " ")};`);
    for (const { name } of own.filter(({ type }) => type === "table")) {
      const rows = database.prepare(`SELECT * FROM ${name}`);
      rows.setReadBigInts(true);
      for (const row of rows.all() as Record<string, Cell>[]) {
        lines.push(`INSERT INTO ${name} VALUES (${Object.values(row).map(literal).join(", ")});`);
      }
    }
    return `${lines.join("\n")}\n`;
  } finally {
    database.close();
  }
}

/** Makes the database that the text describes. */
export function restore(path: string, sql: string): void {
  const database = new DatabaseSync(path);
  try {
    database.exec(`PRAGMA synchronous = OFF; BEGIN; ${sql} COMMIT;`);
  } finally {
    database.close();
  }
}

function literal(cell: Cell): string {
  if (cell === null) return "NULL";
  if (cell instanceof Uint8Array) return `X'${Buffer.from(cell).toString("hex")}'`;
  if (typeof cell !== "string") return String(cell);
  const parts = cell.split(/((.)\2{199,})/su);
  const texts: string[] = [];
  for (let i = 0; i < parts.length; i += 3) {
    if (parts[i] !== "" || parts.length === 1) texts.push(quoted(parts[i]!));
    const run = parts[i + 1];
    if (run !== undefined) {
      texts.push(`replace(hex(zeroblob(${run.length})), '00', ${quoted(parts[i + 2]!)})`);
    }
  }
  return texts.join(" || ");
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
