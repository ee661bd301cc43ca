// What the checker is shown of callbacks: rows straight from the disk, and what the receiver has heard.

import {
  NO_RUN,
  type RunRecord,
  type Store,
  type StoredCallback,
} from "../../../engine/store/store.ts";
import type { CallbackEvidence } from "../check/callbacks.ts";
import { WIRED } from "../generate/outside.ts";
import type { World } from "./world.ts";

/** Beyond all times, and an integer in every store. */
const EVER = Number.MAX_SAFE_INTEGER;

export async function gatherCallbacks(
  { receiver, now }: World,
  store: Store,
  records: readonly RunRecord[],
): Promise<CallbackEvidence> {
  const { timers } = await store.dueTimers(EVER, 1_000_000);
  const rows: StoredCallback[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.listCallbacks({ limit: 100, cursor });
    rows.push(...page.rows);
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return {
    template: WIRED,
    wanted: receiver.events,
    heard: receiver.heard,
    records,
    rows,
    timers: timers.filter(({ runNo, key }) => runNo === NO_RUN && key.startsWith("callback:"))
      .map(({ key, dueAt }) => ({ key, dueAt })),
    now,
  };
}
