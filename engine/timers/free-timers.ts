// Who is told when a timer falls due that belongs to no run: schedules, sweeps, the ends of leases.

import type { Logger } from "../../core/log.ts";

/**
 * Acts on a timer by a hand-over that claims it as it is, and may set it anew. What is not stored
 * (`Timers.again`) or fenced (somebody else has acted) has not happened.
 */
export type Wake = (timer: { key: string; dueAt: number }) => void;

export class FreeTimers {
  readonly #log: Logger;
  readonly #wakes = new Map<string, Wake>();
  /** Kinds that nobody waits for; told once. */
  readonly #unknown = new Set<string>();

  constructor(log: Logger) {
    this.#log = log;
  }

  /** `kind`: what the keys of the timers begin with, up to the first colon. One waits for a kind. */
  on(kind: string, wake: Wake): void {
    if (this.#wakes.has(kind)) throw new Error(`timers "${kind}:" are waited for already`);
    this.#wakes.set(kind, wake);
  }

  /** Another version may have set timers that this one knows nothing of: they stay as they are. */
  fire({ key, dueAt }: { key: string; dueAt: number }): void {
    const [kind] = key.split(":", 1) as [string];
    const wake = this.#wakes.get(kind);
    if (wake) return wake({ key, dueAt });
    if (this.#unknown.has(kind)) return;
    this.#unknown.add(kind);
    this.#log.warn("a timer is due that nobody waits for: it stays stored", { key, kind });
  }
}
