// What one run knows of secrets: which values it must not show, and how those it needs are kept.

import type { Json } from "../../core/json.ts";
import type { Sealer } from "../vault/sealer.ts";
import { Masker } from "./masker.ts";
import type { SealRow } from "../store/store.ts";
import { Sealed, sealRow } from "./sealed.ts";

/** The slot of a run's seals that holds the secrets themselves. */
const SECRETS = "secrets";

/**
 * The secrets that a run, its parents and its children have resolved. They are kept sealed with the
 * run: what it sealed may hold the value of a secret that has been changed or deleted since.
 */
export class RunSecrets {
  readonly #sealer: Sealer;
  readonly #runId: string;
  readonly #masker = new Masker();
  /** Those of before the run was loaded, until the vault has opened them. */
  #stored: Sealed<string[]> | null = null;
  #seals: Map<string, SealRow>;
  /** Whether it knows a value that its stored ones do not have. */
  #unsaved = false;

  constructor(sealer: Sealer, runId: string, seals: readonly SealRow[] = []) {
    this.#sealer = sealer;
    this.#runId = runId;
    this.#seals = new Map(seals.map((seal) => [seal.slot, seal]));
    this.#stored = this.#sealed<string[]>(SECRETS);
  }

  /** Masks the value from now on. */
  learn(secret: string): void {
    this.#open();
    if (this.#masker.add(secret)) this.#unsaved = true;
  }

  /** What another run of the family has resolved. Throws VAULT_ERROR when that cannot be opened. */
  learnFrom(other: RunSecrets): void {
    for (const secret of other.all()) this.learn(secret);
  }

  /** Throws VAULT_ERROR when those of before cannot be opened. */
  all(): readonly string[] {
    this.#open();
    return this.#masker.secrets;
  }

  /** The value without secrets; the same object when it holds none. */
  mask<T extends Json>(value: T): T {
    return this.#masker.value(value);
  }

  /** The raw value of what is stored masked in the slot; null when that holds no secret. */
  sealed<T extends Json>(slot: string): Sealed<T> | null {
    const sealed = this.#sealed<T>(slot);
    // Whoever reads the value may show it: what to mask has to be known first.
    return sealed && new Sealed<T>(() => {
      this.#open();
      return sealed.open();
    });
  }

  /** The row that keeps a value beside its masked form. */
  seal(runNo: number, slot: string, value: Json): SealRow {
    return sealRow(this.#sealer, { runNo, runId: this.#runId, slot, value });
  }

  /** The row that keeps the secrets themselves, if there are new ones since the last call. */
  takeUnsaved(runNo: number): SealRow | null {
    if (!this.#unsaved) return null;
    this.#unsaved = false;
    return this.seal(runNo, SECRETS, [...this.#masker.secrets]);
  }

  #open(): void {
    if (!this.#stored) return;
    const secrets = this.#stored.open();
    this.#stored = null;
    for (const secret of secrets) this.#masker.add(secret);
  }

  #sealed<T extends Json>(slot: string): Sealed<T> | null {
    const row = this.#seals.get(slot);
    if (!row) return null;
    return Sealed.of<T>(this.#sealer, { blob: row.blob, runId: this.#runId, slot });
  }
}
