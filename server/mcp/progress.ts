// How an engine's progress reports become notifications/progress of one request.

import type { Clock } from "../../core/clock.ts";
import type { Progress } from "../../engine/api.ts";
import { keepAlive } from "./keep-alive.ts";

/** Well within the 60 s after which clients of the SDKs give up on a call that they hear nothing of. */
export const PROGRESS_MS = 15_000;

export interface ProgressNotification {
  [key: string]: unknown;
  method: "notifications/progress";
  params: { progressToken: string | number; progress: number; total?: number; message: string };
}

/**
 * `report` is a listener for `Watch.onProgress`. When nothing has settled for 15 s it is said that the
 * call goes on, until `stop`. The protocol wants `progress` to grow with every message: a report that
 * settles no further step is left out, and what is said meanwhile are ever smaller parts of the next.
 */
export function progressReporter(options: {
  token: string | number;
  clock: Clock;
  notify: (notification: ProgressNotification) => Promise<void>;
}): { report: (report: Progress) => void; stop: () => void } {
  const { token: progressToken, clock, notify } = options;
  const began = clock.monotonic();
  let last: Progress | undefined;
  let sent = -1;
  let beats = 0;
  const send = (progress: number, message: string) => {
    sent = progress;
    const total = last && { total: last.total };
    const params = { progressToken, progress, ...total, message };
    // A client that has gone misses its progress; the run does not depend on it.
    notify({ method: "notifications/progress", params }).catch(() => {});
  };
  const beat = () => {
    beats++;
    const seconds = Math.round((clock.monotonic() - began) / 1000);
    const ended = last === undefined ? "" : ` (${last.done} of ${last.total} steps have ended)`;
    send((last?.done ?? 0) + beats / (beats + 1), `goes on, ${seconds} s so far${ended}`);
  };
  let stop = keepAlive(clock, PROGRESS_MS, beat);
  return {
    report(report) {
      last = report;
      if (report.done <= sent) return;
      beats = 0;
      stop();
      stop = keepAlive(clock, PROGRESS_MS, beat);
      send(
        report.done,
        report.step_id === undefined
          ? `workflow ${report.workflow_id}`
          : `${report.step_id} ${report.status}`,
      );
    },
    stop: () => stop(),
  };
}
