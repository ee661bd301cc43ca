// The vault's rows in memory, with the semantics of the real stores.

import type {
  Rekey,
  SecretRow,
  StoredVault,
  VaultMeta,
  VaultStore,
} from "../../engine/store/vault-store.ts";
import { resealer } from "../../engine/vault/reseal.ts";

export class MemoryVault implements VaultStore {
  meta: VaultMeta | null = null;
  readonly secrets = new Map<string, SecretRow>();

  async readVault(): Promise<StoredVault> {
    const rows = [...this.secrets.values()].sort((a, b) => a.name < b.name ? -1 : 1);
    return structuredClone({ meta: this.meta, secrets: rows });
  }

  async createVault(meta: VaultMeta): Promise<boolean> {
    if (this.meta !== null) return false;
    this.meta = meta;
    return true;
  }

  async putSecret(row: SecretRow): Promise<void> {
    const createdAt = this.secrets.get(row.name)?.createdAt ?? row.createdAt;
    this.secrets.set(row.name, { ...row, createdAt });
  }

  async deleteSecret(name: string): Promise<void> {
    this.secrets.delete(name);
  }

  async rekey({ from, to, meta }: Rekey, adopt: () => void): Promise<string | null> {
    const { secrets } = await this.readVault();
    const reseal = resealer({ from, to });
    for (const row of secrets) {
      const value = reseal.secret(row.name, row.value);
      if (value === null) return row.name;
      row.value = value;
    }
    for (const row of secrets) this.secrets.set(row.name, row);
    this.meta = meta;
    adopt();
    return null;
  }
}
