// How an engine's progress reports become notifications/progress of one request.

import type { Progress } from "../../engine/api.ts";

export interface ProgressNotification {
  [key: string]: unknown;
  method: "notifications/progress";
  params: { progressToken: string | number; progress: number; total: number; message: string };
}

/**
 * A listener for `Watch.onProgress`. The protocol wants `progress` to grow with every message, so
 * a report that settles no further step is left out.
 */
export function progressReporter(options: {
  token: string | number;
  notify: (notification: ProgressNotification) => Promise<void>;
}): (report: Progress) => void {
  let last = -1;
  return (report) => {
    if (report.done <= last) return;
    last = report.done;
    const message = report.step_id === undefined
      ? `workflow ${report.workflow_id}`
      : `${report.step_id} ${report.status}`;
    const params = {
      progressToken: options.token,
      progress: report.done,
      total: report.total,
      message,
    };
    // A client that has gone misses its progress; the run does not depend on it.
    options.notify({ method: "notifications/progress", params }).catch(() => {});
  };
}
