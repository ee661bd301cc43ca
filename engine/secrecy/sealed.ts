// A value that is stored encrypted beside its masked form, and opened when a step needs it.

import { parseJson } from "../../core/exact-json.ts";
import type { Json } from "../../core/json.ts";
import type { SealRow } from "../store/store.ts";
import type { Sealer } from "../vault/sealer.ts";

/** The slot of the value that an event's payload holds. */
export function eventSlot(seq: number): string {
  return `event:${seq}`;
}

/** The slot of what a restart must know of a step beyond its columns. */
export function detailSlot(stepId: string): string {
  return `detail:${stepId}`;
}

export const CONTEXT_SLOT = "context";
export const PARAMS_SLOT = "params";

export class Sealed<T extends Json = Json> {
  #open: (() => T) | null;
  #value: T | undefined;

  constructor(open: () => T) {
    this.#open = open;
  }

  static of<T extends Json>(
    sealer: Sealer,
    stored: { blob: Uint8Array; runId: string; slot: string },
  ): Sealed<T> {
    const { blob, runId, slot } = stored;
    const open = () => sealer.open(blob, placeOf(runId, slot));
    return new Sealed<T>(() => parseJson(new TextDecoder().decode(open())) as T);
  }

  /** Throws VAULT_ERROR while the vault is locked; later calls answer the same value. */
  open(): T {
    if (this.#open) {
      this.#value = this.#open();
      this.#open = null;
    }
    return this.#value!;
  }
}

/**
 * The row that keeps the value. It is encrypted when the row is written, not before: the vault may get
 * another key while hand-overs wait.
 */
export function sealRow(
  sealer: Sealer,
  value: { runNo: number; runId: string; slot: string; value: Json },
): SealRow {
  const { runNo, runId, slot } = value;
  const text = JSON.stringify(value.value);
  return {
    runNo,
    slot,
    get blob() {
      return sealer.seal(new TextEncoder().encode(text), placeOf(runId, slot));
    },
  };
}

/** What the encryption binds a value to, so that it cannot be put elsewhere in the database. */
export function placeOf(runId: string, slot: string): string {
  return `run ${runId} ${slot}`;
}
