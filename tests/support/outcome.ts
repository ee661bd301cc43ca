// What became of hand-overs that a test gives a store as one batch, in a word each.

import type { HandOver, Store } from "../../engine/store/store.ts";
import { handOver } from "./rows.ts";

export async function outcome(store: Store, ...batch: Partial<HandOver>[]): Promise<string[]> {
  const results = await store.commit(batch.map(handOver));
  return results.map((result) => (result.ok ? "ok" : result.reason));
}
