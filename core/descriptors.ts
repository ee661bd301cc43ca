// How work gets a descriptor when the process has none left: it waits, and its step does not fail.

import { AsyncLocalStorage } from "node:async_hooks";
import { closeSync, openSync } from "node:fs";

/** What is asked again, and again: every so often, ms. */
const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 250;
/** For how long, ms: who holds descriptors while it waits for more may be what others wait for. */
const PATIENCE_MS = 60_000;

/** What waits of a running action. */
export interface Claimant {
  readonly runId: string;
  readonly stepId: string;
  readonly signal: AbortSignal;
  readonly host: {
    readonly shortOfDescriptors?: (step: { runId: string; stepId: string }) => void;
  };
}

const claimants = new AsyncLocalStorage<Claimant>();

/** Whatever `work` has to wait for ends with this action, and is told to its host. */
export function asClaimant<T>(action: Claimant, work: () => T): T {
  return claimants.run(action, work);
}

/**
 * What `work` comes to. When there was no descriptor for it, it is asked again once there may be
 * one, for a minute at most; so it must have done nothing when it fails for want of one. Throws
 * what the action's signal was aborted with when it is stopped meanwhile.
 */
export async function withDescriptor<T>(
  work: () => Promise<T>,
  lacksDescriptor: (error: unknown) => boolean = isShortage,
): Promise<T> {
  const deadline = performance.now() + PATIENCE_MS;
  for (let pause = FIRST_PAUSE_MS;; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    try {
      return await work();
    } catch (error) {
      if (!lacksDescriptor(error) || performance.now() >= deadline) throw error;
    }
    const claimant = claimants.getStore();
    if (pause === FIRST_PAUSE_MS) claimant?.host.shortOfDescriptors?.(claimant);
    await rest(pause, claimant?.signal);
  }
}

/** Whether the process, or the machine, had no descriptor left when this went wrong. */
export function isShortage(error: unknown): boolean {
  const { code, errors } = error as { code?: unknown; errors?: unknown[] };
  return code === "EMFILE" || code === "ENFILE" || (errors?.some(isShortage) ?? false);
}

/** The same for what hides its cause behind another code: asks whether there is one now. */
export function isHiddenShortage(error: unknown): boolean {
  if (isShortage(error)) return true;
  try {
    closeSync(openSync("/dev/null", "r"));
    return false;
  } catch (missing) {
    return isShortage(missing);
  }
}

async function rest(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener("abort", done, { once: true });
    if (signal?.aborted) done();
  });
  signal?.throwIfAborted();
}
