// Whether a database was made by another program, which must find it as it was.

import type Database from "libsql";

/** A database with tables but without our bookkeeping was made by somebody else. */
export function refuseForeign(connection: Database.Database): void {
  const tables = connection.prepare(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!'",
  ).all([]) as { name: string }[];
  const names = tables.map(({ name }) => name);
  const columns = connection.prepare("SELECT name FROM pragma_table_info('schema_migrations')")
    .all([]) as { name: string }[];
  const ours = columns.some(({ name }) => name === "checksum");
  if (names.length === 0 || (names.includes("schema_migrations") && ours)) return;
  throw new Error(
    `the database belongs to another program (it has the table ${names[0]}): ` +
      "name another file with db_path",
  );
}
