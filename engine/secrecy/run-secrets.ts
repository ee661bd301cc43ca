// What one run knows of secrets: which values it must not show, and how those it needs are kept.

import type { Json } from "../../core/json.ts";
import type { SealRow } from "../store/store.ts";
import type { Sealer } from "../vault/sealer.ts";
import type { Secrets } from "../vault/secrets.ts";
import { Masker } from "./masker.ts";
import { Sealed, sealRow } from "./sealed.ts";

/** The slot of a run's seals that holds the secrets themselves. */
const SECRETS = "secrets";

/**
 * The secrets that a run has resolved, with those that came to it from its parent and children. They
 * are kept sealed with the run: what it sealed may hold a secret that has been changed since.
 */
export class RunSecrets {
  readonly #vault: Secrets & Sealer;
  readonly #runId: string;
  readonly #masker = new Masker();
  /** The run that the seals belong to: its own, or the one it is forked from. */
  readonly #ownerId: string;
  readonly #slots: Map<string, Uint8Array>;
  readonly #written = new Set<string>();
  /** Those of before the run was loaded, until the vault has opened them. */
  #stored: Sealed<string[]> | null;
  /** Runs of the family whose secrets are not known here yet. */
  readonly #unread = new Set<RunSecrets>();
  /** Whether it knows a value that its stored ones do not have. */
  #unsaved = false;

  /** `ownerId`: the run that the seals were made for, if it is another one. */
  constructor(
    vault: Secrets & Sealer,
    stored: { runId: string; seals?: readonly SealRow[]; ownerId?: string },
  ) {
    const { runId, seals = [], ownerId = runId } = stored;
    this.#vault = vault;
    this.#runId = runId;
    this.#ownerId = ownerId;
    this.#slots = new Map(seals.map(({ slot, blob }) => [slot, blob]));
    this.#stored = this.#sealed<string[]>(SECRETS);
  }

  /** The value of a secret, masked from now on. Throws as `Secrets.resolve` does. */
  resolve(name: string): string {
    this.open();
    const value = this.#vault.resolve(name);
    this.#learn(value);
    return value;
  }

  /** As `Secrets.seek`. */
  seek(name: string): Promise<void> | null {
    return this.#vault.seek?.(name) ?? null;
  }

  /**
   * Until all that it knows can be masked without holding the thread up; null when it can now, or
   * when the vault is locked.
   */
  prepare(): Promise<void> | null {
    this.#read();
    return this.#masker.prepare();
  }

  /** Masks what another run of the family masks, from now on, or from when the vault is open. */
  learnFrom(other: RunSecrets): void {
    this.#unread.add(other);
    this.#read();
  }

  /** The value without secrets; the same object when it holds none. */
  mask<T>(value: T): T {
    this.#read();
    return this.#masker.value(value as Json) as T;
  }

  /** Whether nothing has come to it that could have to be masked, now or once the vault is open. */
  get knowsNone(): boolean {
    return this.#stored === null && this.#unread.size === 0 && this.#masker.secrets.length === 0;
  }

  /** The error without secrets, and without the beginnings that its texts have cut off. */
  maskError<T>(error: T): T {
    this.#read();
    return this.#masker.error(error as Json) as T;
  }

  /** The raw value of what is stored masked in the slot; null when that held no secret. */
  sealed<T extends Json>(slot: string): Sealed<T> | null {
    const sealed = this.#sealed<T>(slot);
    // Whoever reads the value may show it: what to mask has to be known first.
    return sealed && new Sealed<T>(() => {
      this.open();
      return sealed.open();
    });
  }

  /** Whether a value is kept in the slot: it must be written again when what it stands for changes. */
  keeps(slot: string): boolean {
    return this.#slots.has(slot) || this.#written.has(slot);
  }

  /** The row that keeps a value beside its masked form. */
  seal(runNo: number, slot: string, value: Json): SealRow {
    this.#written.add(slot);
    return sealRow(this.#vault, { runNo, runId: this.#runId, slot, value });
  }

  /** The row that keeps the secrets themselves, if there are new ones since the last call. */
  takeUnsaved(runNo: number): SealRow | null {
    if (!this.#unsaved) return null;
    this.#unsaved = false;
    return this.seal(runNo, SECRETS, [...this.#masker.secrets]);
  }

  #learn(secret: string): void {
    if (this.#masker.add(secret)) this.#unsaved = true;
  }

  /** What a step answers may hold a secret of before that no step has asked for since. */
  #read(): void {
    if (!this.#stored && this.#unread.size === 0) return;
    try {
      this.open();
    } catch {
      // While the vault is locked nobody can tell what they are; the next value asks again.
    }
  }

  /** Throws VAULT_ERROR when there are some of before, or of the family, and they cannot be read. */
  open(): void {
    if (this.#stored) {
      const secrets = this.#stored.open();
      this.#stored = null;
      for (const secret of secrets) this.#masker.add(secret);
      // A fork keeps a copy of its own.
      this.#unsaved ||= this.#ownerId !== this.#runId;
    }
    for (const other of this.#unread) {
      other.open();
      this.#unread.delete(other);
      for (const secret of other.#masker.secrets) this.#learn(secret);
    }
  }

  #sealed<T extends Json>(slot: string): Sealed<T> | null {
    const blob = this.#slots.get(slot);
    if (!blob) return null;
    return Sealed.of<T>(this.#vault, { blob, runId: this.#ownerId, slot });
  }
}
