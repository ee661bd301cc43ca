// How a signal reaches a run that another node has, and how it is waited for one.

import { type ErrorObject, OpcodeError, toErrorObject } from "../../core/errors.ts";
import { parseJson } from "../../core/exact-json.ts";
import type { SignalRequest } from "../api.ts";
import type { SignalOutcome } from "../actor/inputs.ts";
import type { EngineEnv } from "../engine-env.ts";
import type { Hint } from "../store/store.ts";

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
    const isMeant = ({ answers }: Hint) => answers === null || answers.includes(id);
    text = await polled(env, () => ownership.answerTo(id), { waitMs: PATIENCE_MS, isMeant });
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

export interface Polling {
  waitMs: number;
  /** Nobody waits any more. */
  signal?: { readonly aborted: boolean };
  /** Whether it is read at once after this hint; absent: after none. */
  isMeant?: (hint: Hint) => boolean;
}

/** What `read` finds once it finds something; null when that takes too long, or nobody waits any more. */
export async function polled<T>(
  { clock, runs, store }: Pick<EngineEnv, "clock" | "runs" | "store">,
  read: () => Promise<T | null>,
  { waitMs, signal, isMeant = () => false }: Polling,
): Promise<T | null> {
  const until = clock.monotonic() + waitMs;
  let isHinted = false;
  let wake = () => {};
  const unhear = store.ownership?.onHint?.((hint) => {
    if (!isMeant(hint)) return;
    isHinted = true;
    wake();
  });
  try {
    for (let pause = FIRST_PAUSE_MS;; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
      isHinted = false;
      const found = await read();
      const left = until - clock.monotonic();
      if (found !== null || left <= 0 || runs.stopping || signal?.aborted) return found;
      // One that came while it was read may be of what came after that.
      if (isHinted) continue;
      await new Promise<void>((resolve) => {
        const disarm = clock.after(Math.min(pause, left), resolve);
        wake = () => {
          disarm();
          resolve();
        };
      });
    }
  } finally {
    unhear?.();
  }
}
