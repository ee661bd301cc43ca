// What has come to each hook since the daemon's start: counts, and the last deliveries that were rejected.
//
// It is in memory alone: what anybody may send must not be written to the disk.

import { rfc3339 } from "../../core/clock.ts";
import type { JsonObject } from "../../core/json.ts";
import { Lru } from "../../core/lru.ts";
import type { HookRow } from "../store/store.ts";

/** Rejected deliveries that are remembered of a hook. */
export const MOST_REJECTED = 100;
/** Hooks of which something is remembered: of more, those that were used last. */
const MOST_HOOKS = 1_000;

/** What is kept of a delivery that was rejected: nothing that it says, and nothing of a secret. */
export interface Rejected {
  /** Epoch ms. */
  at: number;
  method: string;
  reason: string;
  /** Bytes; null of a body that was not read. */
  bodyBytes: number | null;
  queryBytes: number;
  deliveryId: string | undefined;
}

interface Seen {
  accepted: number;
  replayed: number;
  rejected: number;
  /** The newest last. */
  last: Rejected[];
}

export class HookLog {
  readonly #since: number;
  readonly #seen = new Lru<Seen>(MOST_HOOKS, Infinity);

  /** `since`: when it begins, epoch ms. */
  constructor(since: number) {
    this.#since = since;
  }

  accepted(hook: HookRow, { replayed }: { replayed: boolean }): void {
    this.#of(hook)[replayed ? "replayed" : "accepted"]++;
  }

  rejected(hook: HookRow, rejected: Rejected): void {
    const seen = this.#of(hook);
    seen.rejected++;
    seen.last.push(rejected);
    if (seen.last.length > MOST_REJECTED) seen.last.shift();
  }

  /** `{since, accepted, replayed, rejected}`. */
  counts(hook: HookRow): JsonObject {
    const { accepted, replayed, rejected } = this.#seen.peek(keyOf(hook)) ?? NOTHING;
    return { since: rfc3339(this.#since), accepted, replayed, rejected };
  }

  /** The newest first. */
  lastRejected(hook: HookRow): JsonObject[] {
    const { last } = this.#seen.peek(keyOf(hook)) ?? NOTHING;
    return last.map((one) => ({
      at: rfc3339(one.at),
      method: one.method,
      reason: one.reason,
      ...(one.bodyBytes !== null && { body_bytes: one.bodyBytes }),
      query_bytes: one.queryBytes,
      ...(one.deliveryId !== undefined && { delivery_id: one.deliveryId }),
    })).reverse();
  }

  #of(hook: HookRow): Seen {
    return this.#seen.get(
      keyOf(hook),
      () => ({ accepted: 0, replayed: 0, rejected: 0, last: [] }),
    );
  }
}

const NOTHING: Seen = { accepted: 0, replayed: 0, rejected: 0, last: [] };

function keyOf({ templateName, name }: HookRow): string {
  return JSON.stringify([templateName, name]);
}
