// What the vault has stored.

import type { StoredVault } from "../../vault-store.ts";
import type { Reading } from "../reading.ts";
import type { Source } from "../source.ts";
import { META, SECRET } from "./rows.ts";

export function* readVault(source: Source): Reading<StoredVault> {
  const meta = yield* source.row(`SELECT ${META.columns()} FROM vault_meta`);
  const secrets = yield* source.rows(`SELECT ${SECRET.columns()} FROM secrets ORDER BY key`);
  return {
    meta: meta === undefined ? null : META.decode(meta),
    secrets: secrets.map(SECRET.decode),
  };
}
