// What the vault has stored.

import type { StoredVault } from "../../vault-store.ts";
import { META, SECRET } from "./rows.ts";
import type { Source } from "../source.ts";

export function readVault(source: Source): StoredVault {
  const meta = source.row(`SELECT ${META.columns()} FROM vault_meta`);
  const secrets = source.rows(`SELECT ${SECRET.columns()} FROM secrets ORDER BY key`);
  return {
    meta: meta === undefined ? null : META.decode(source, meta),
    secrets: secrets.map((raw) => SECRET.decode(source, raw)),
  };
}
