// Whether a run may begin at once, for those that do not wait.

import { OpcodeError } from "../../core/errors.ts";
import type { EngineEnv } from "../engine-env.ts";
import { type Limited, settingOf } from "./limits.ts";

/** CONFLICT when as many runs have begun as one of its limits allows. */
export async function refuseWithoutRoom(
  { concurrency, store }: Pick<EngineEnv, "concurrency" | "store">,
  run: Limited,
  isWithin = false,
): Promise<void> {
  const limits = concurrency.of(run, isWithin);
  if (limits.length === 0) return;
  const begun = await store.begunRuns(limits);
  const full = limits.find(({ most }, i) => begun[i]! >= most);
  if (full === undefined) return;
  const limit = settingOf(full);
  const those = full.most === 1 ? "1 run has" : `${full.most} runs have`;
  throw new OpcodeError(
    "CONFLICT",
    `${limit} is ${full.most}, and ${those} begun and not ended: wait for one of them, or cancel it`,
    { details: { limit, most: full.most, retry_after_ms: 1_000 } },
  );
}
