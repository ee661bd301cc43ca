// When a person or a supervisor wants the daemon to end: gracefully, or at once.

import { isatty } from "node:tty";

/**
 * Signals that come so soon after the first are the same request, ms: `kill -- -PGID`, `timeout` and
 * systemd tell every process of a group, and a launcher passes on what it was told as well.
 */
const SAME_REQUEST_MS = 500;

type StopSignal = "SIGTERM" | "SIGINT" | "SIGHUP";

export interface StopSignals {
  /** The first of them. */
  stop(signal: StopSignal): void;
  /** Somebody insists. */
  force(signal: StopSignal): void;
  /** SIGHUP of somebody who wants the settings read again. */
  reload(): void;
}

/**
 * Listens to this process's signals from now on. SIGHUP is a wish to reload, except when the
 * terminal that the daemon was started at has gone: that is how its end is told.
 */
export function listenToSignals(told: StopSignals): void {
  const terminals = [0, 1, 2].filter((fd) => isatty(fd));
  const hungUp = () => terminals.some((fd) => !isatty(fd));
  let firstAt: number | null = null;
  const request = (signal: StopSignal) => {
    const now = performance.now();
    if (firstAt === null) {
      firstAt = now;
      told.stop(signal);
    } else if (now - firstAt > SAME_REQUEST_MS) told.force(signal);
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => request(signal));
  process.on("SIGHUP", () => {
    if (!hungUp()) told.reload();
    // Nobody insists by closing a window twice.
    else if (firstAt === null) request("SIGHUP");
  });
}
