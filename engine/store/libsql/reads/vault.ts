// What the vault has stored.

import type { SecretRow, StoredVault, VaultMeta } from "../../vault-store.ts";
import type { Raw, Source } from "./source.ts";

export function readVault(source: Source): StoredVault {
  const meta = source.row(
    `SELECT kdf, iterations, salt, canary, created_at AS createdAt, keyed_at AS keyedAt
     FROM vault_meta`,
  );
  const secrets = source.rows(
    `SELECT key AS name, value, created_at AS createdAt, updated_at AS updatedAt
     FROM secrets ORDER BY key`,
  );
  return {
    meta: meta === undefined ? null : withBytes(meta, "salt", "canary") as VaultMeta,
    secrets: secrets.map((row) => withBytes(row, "value") as SecretRow),
  };
}

function withBytes(row: Raw, ...columns: string[]): Raw {
  const bytes = columns.map((name) => [name, new Uint8Array(row[name])]);
  return { ...row, ...Object.fromEntries(bytes) };
}
