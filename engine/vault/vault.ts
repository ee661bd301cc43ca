// What a vault does: keeps secrets encrypted in the store, and opens them in memory once it has its key.

import type { Clock } from "../../core/clock.ts";
import { OpcodeError } from "../../core/errors.ts";
import { KeyedLock } from "../keyed-lock.ts";
import type { SecretRow, StoredVault, VaultMeta, VaultStore } from "../store/vault-store.ts";
import { openBlob, purposes, sealBlob } from "./blob.ts";
import { locked, lockedWithout, noSecret, vaultError } from "./errors.ts";
import { deriveKey, newRecipe, recipeFor } from "./key.ts";
import { type Keyring, openSecret } from "./keyring.ts";
import { legacyKey } from "./legacy.ts";
import { checkName, checkValue } from "./rules.ts";
import type { Sealer } from "./sealer.ts";
import type { Secrets, VaultState } from "./secrets.ts";

/** What is told of a secret: everything but its value. */
export interface SecretReport {
  name: string;
  created_at: string;
  updated_at: string;
}

/** What a locked vault says of an output, say, that a secret had been put into. */
const SEALED = "a stored value with a secret in it";
const CANARY = Buffer.from("opcode");

/**
 * The vault of one open store. What is stored stands in memory too, encrypted, so that secrets resolve at
 * once; where other processes may write the vault's rows, whoever has it lets it `refresh` again and again.
 */
export class Vault implements Secrets, Sealer {
  readonly #store: VaultStore;
  readonly #clock: Clock;
  /** One change at a time: a secret must not be encrypted under a key that is being replaced. */
  readonly #changes = new KeyedLock();
  #stored: { meta: VaultMeta | null; secrets: Map<string, SecretRow> };
  /** Of what was read; null where nobody else changes it. */
  #revision: number | null;
  #ring: Keyring | null = null;
  /** Every key it has had or is about to get: what was read before a rekey is opened after it. */
  readonly #keys: Uint8Array[] = [];

  private constructor(store: VaultStore, clock: Clock, read: Read) {
    this.#store = store;
    this.#clock = clock;
    this.#stored = asMap(read.stored);
    this.#revision = read.revision;
  }

  /** Reads what is stored; `unlock` gives it the key. */
  static async read(options: { store: VaultStore; clock: Clock }): Promise<Vault> {
    const { store, clock } = options;
    return new Vault(store, clock, await readAll(store));
  }

  get state(): VaultState {
    if (this.#ring !== null) return "unlocked";
    return this.#stored.meta === null ? "new" : "locked";
  }

  /** By name. */
  list(): SecretReport[] {
    const rows = [...this.#stored.secrets.values()];
    return rows.sort((a, b) => a.name < b.name ? -1 : 1).map(report);
  }

  /** Names of secrets that do not open under the vault's key. */
  broken(): string[] {
    const ring = this.#unlocked("secrets");
    return [...this.#stored.secrets.values()].filter((row) =>
      openSecret(ring, row.name, row.value) === null
    ).map(({ name }) => name);
  }

  /**
   * Takes the vault's key: a passphrase, or `hex:…` or `base64:…` of 32 bytes. A new vault becomes
   * one of this key. VAULT_ERROR when the key is not the vault's; an unlocked vault stays unlocked.
   */
  unlock(text: string): Promise<void> {
    return this.#change(async () => {
      // A new one has the key of whoever came first.
      while (!await this.#take(text)) this.#put(await readAll(this.#store));
    });
  }

  /** False when another process has made the vault meanwhile. */
  async #take(text: string): Promise<boolean> {
    const { meta, secrets } = this.#stored;
    const recipe = meta ?? (secrets.size > 0 ? recipeFor(text) : newRecipe(text));
    const key = await deriveKey(text, recipe);
    if (meta && !isKeyOf(meta, key)) throw wrongKey(meta);
    const rows = [...secrets.values()];
    const opens = (ring: Keyring) => (row: SecretRow) =>
      openSecret(ring, row.name, row.value) !== null;
    const ring: Keyring = { key, legacy: null };
    if (!rows.every(opens(ring))) ring.legacy = await legacyKey(text);
    if (meta === null) {
      // Secrets that came before the vault's own row tell the right key as well.
      if (!rows.every(opens(ring))) throw wrongKey(null);
      const now = this.#clock.now();
      const first = { ...recipe, canary: newCanary(key), createdAt: now, keyedAt: now };
      if (!await this.#store.createVault(first)) return false;
      this.#stored.meta = first;
    }
    this.#ring = ring;
    this.#keys.unshift(key);
    return true;
  }

  /** Stores a secret; returns whether it is a new one. VALIDATION_ERROR, or VAULT_ERROR if locked. */
  set(name: string, value: string): Promise<{ created: boolean }> {
    return this.#change(async () => {
      checkName(name);
      const bytes = checkValue(value);
      const what = `secret "${name}"`;
      this.#unlocked(what);
      const now = this.#clock.now();
      const before = this.#stored.secrets.get(name);
      const sealed = () => sealBlob(this.#unlocked(what).key, bytes, purposes.secret(name));
      const row: SecretRow = {
        name,
        // As it is written: a change of the key may turn out only then to have taken place.
        get value() {
          return sealed();
        },
        createdAt: before?.createdAt ?? now,
        updatedAt: now,
      };
      await this.#store.putSecret(row);
      this.#stored.secrets.set(name, { ...row });
      return { created: before === undefined };
    });
  }

  /** Removes a secret, also from a locked vault; NOT_FOUND when there is none of that name. */
  delete(name: string): Promise<void> {
    return this.#change(async () => {
      if (!this.#stored.secrets.has(name)) {
        throw new OpcodeError("NOT_FOUND", `secret "${name}" not found`, {
          details: { key: name },
        });
      }
      await this.#store.deleteSecret(name);
      this.#stored.secrets.delete(name);
    });
  }

  /**
   * Encrypts everything anew under another key, all of it or nothing. VAULT_ERROR when the vault is
   * locked, or a secret cannot be opened.
   */
  rekey(text: string): Promise<{ secrets: number }> {
    return this.#change(async () => {
      const from = this.#unlocked("rekey");
      const recipe = newRecipe(text);
      const to = await deriveKey(text, recipe);
      const meta: VaultMeta = {
        ...recipe,
        canary: newCanary(to),
        createdAt: this.#stored.meta!.createdAt,
        keyedAt: this.#clock.now(),
      };
      this.#keys.push(to);
      const broken = await this.#store.rekey({ from, to, meta }, () => {
        this.#ring = { key: to, legacy: null };
      });
      if (broken !== null) {
        throw vaultError(
          `secret "${broken}" cannot be opened: delete it or set it again, then repeat`,
          { key: broken },
        );
      }
      this.#put(await readAll(this.#store));
      return { secrets: this.#stored.secrets.size };
    });
  }

  /** Reads what is stored if another process has changed it. */
  refresh(): Promise<void> {
    return this.#change(() => Promise.resolve());
  }

  seek(name: string): Promise<void> | null {
    return this.#revision === null || this.has(name) ? null : this.refresh();
  }

  /** Takes what was read. Under a key that it has not it is locked: nothing is sealed under another. */
  #put({ stored, revision }: Read): void {
    this.#stored = asMap(stored);
    this.#revision = revision;
    const { meta } = stored;
    if (this.#ring === null || (meta && isKeyOf(meta, this.#ring.key))) return;
    const key = meta && this.#keys.find((one) => isKeyOf(meta, one));
    this.#ring = key ? { key, legacy: null } : null;
  }

  has(name: string): boolean {
    return this.#stored.secrets.has(name);
  }

  resolve(name: string): string {
    if (this.#ring === null) {
      if (!this.has(name)) throw lockedWithout(name, this.state === "new");
      throw locked(`secrets.${name}`, { key: name });
    }
    const row = this.#stored.secrets.get(name);
    if (row === undefined) throw noSecret(name);
    const value = openSecret(this.#ring, name, row.value) ?? this.#openBlob(
      row.value,
      purposes.secret(name),
    );
    if (value === null) {
      throw vaultError(
        `secrets.${name}: the stored value cannot be opened, it was changed or moved; set it again`,
        { key: name },
      );
    }
    return Buffer.from(value).toString("utf8");
  }

  seal(plaintext: Uint8Array, aad: string): Uint8Array {
    return sealBlob(this.#unlocked(SEALED).key, plaintext, purposes.sealed(aad));
  }

  open(blob: Uint8Array, aad: string): Uint8Array {
    this.#unlocked(SEALED);
    const opened = this.#openBlob(blob, purposes.sealed(aad));
    if (opened !== null) return opened;
    throw vaultError("a sealed value cannot be opened: it was changed or moved");
  }

  #openBlob(blob: Uint8Array, purpose: string): Uint8Array | null {
    for (const key of this.#keys) {
      const opened = openBlob(key, blob, purpose);
      if (opened !== null) return opened;
    }
    return null;
  }

  #unlocked(what: string): Keyring {
    if (this.#ring === null) throw locked(what);
    return this.#ring;
  }

  /** What others have changed is known to whoever changes something. */
  #change<T>(work: () => Promise<T>): Promise<T> {
    return this.#changes.run("vault", async () => {
      const isOld = this.#revision !== null &&
        await this.#store.vaultRevision!() !== this.#revision;
      if (isOld) this.#put(await readAll(this.#store));
      return await work();
    });
  }
}

interface Read {
  stored: StoredVault;
  revision: number | null;
}

/** What is read is of that revision or a later one, and then read once more. */
async function readAll(store: VaultStore): Promise<Read> {
  const revision = await store.vaultRevision?.() ?? null;
  return { revision, stored: await store.readVault() };
}

function isKeyOf({ canary }: VaultMeta, key: Uint8Array): boolean {
  return openBlob(key, canary, purposes.canary) !== null;
}

/** A vault may have a key and no secrets: made at the first start of a daemon, it seals what runs hold. */
function wrongKey(meta: VaultMeta | null): OpcodeError {
  const right = meta === null
    ? "its secrets are under"
    : `it has had since ${new Date(meta.keyedAt).toISOString()}`;
  return vaultError(`the key does not open the vault: it is not the one ${right}`);
}

function newCanary(key: Uint8Array): Uint8Array {
  return sealBlob(key, CANARY, purposes.canary);
}

function asMap({ meta, secrets }: StoredVault) {
  return { meta, secrets: new Map(secrets.map((row) => [row.name, row])) };
}

function report({ name, createdAt, updatedAt }: SecretRow): SecretReport {
  const time = (at: number) => new Date(at).toISOString();
  return { name, created_at: time(createdAt), updated_at: time(updatedAt) };
}
