// How a signal reaches a run that another node has, and how it is waited for one.

import { type ErrorObject, OpcodeError, toErrorObject } from "../../core/errors.ts";
import { parseJson } from "../../core/exact-json.ts";
import type { SignalRequest } from "../api.ts";
import type { SignalOutcome } from "../actor/inputs.ts";
import type { EngineEnv } from "../engine-env.ts";

/** How long it is waited for the other node: longer than one that is gone is counted as alive, ms. */
const PATIENCE_MS = 30_000;
const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 250;

/** What the node that has the run made of the signal; throws what it was refused with. */
export async function signalElsewhere(
  env: EngineEnv,
  runId: string,
  request: SignalRequest,
): Promise<SignalOutcome> {
  const ownership = env.store.ownership!;
  const id = env.newId();
  let text: string | null;
  try {
    await ownership.ask({ id, runId, request: JSON.stringify(request) });
    text = await polled(env, PATIENCE_MS, () => ownership.answerTo(id));
  } catch (thrown) {
    // The message may be there, and whoever has the run reads it.
    throw maybeStored(toErrorObject(thrown));
  }
  if (text === null) {
    throw maybeStored({ code: "BUSY", message: "the node that has the workflow does not answer" });
  }
  const { outcome, error } = parseJson<{ outcome?: SignalOutcome; error?: ErrorObject }>(text);
  if (outcome) return outcome;
  const { code, message, details = {}, step_id } = error!;
  throw new OpcodeError(code, message, {
    details,
    ...(step_id !== undefined && { stepId: step_id }),
  });
}

function maybeStored({ code, message, details }: ErrorObject): OpcodeError {
  return new OpcodeError(code, message, {
    details: { retry_after_ms: 1_000, ...details, maybe_stored: true },
  });
}

/** What `read` finds once it finds something; null when that takes too long, or nobody waits any more. */
export async function polled<T>(
  { clock, runs }: Pick<EngineEnv, "clock" | "runs">,
  waitMs: number,
  read: () => Promise<T | null>,
  signal?: { readonly aborted: boolean },
): Promise<T | null> {
  const until = clock.monotonic() + waitMs;
  for (let pause = FIRST_PAUSE_MS;; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    const found = await read();
    const left = until - clock.monotonic();
    if (found !== null || left <= 0 || runs.stopping || signal?.aborted) return found;
    await new Promise<void>((resolve) => clock.after(Math.min(pause, left), resolve));
  }
}
