// What a run's page tells of the one step that somebody has chosen: how it is written, what happened, what was logged.

import { type Get, orNothing } from "../page.ts";
import type {
  EventReport,
  ListOf,
  LogLine,
  LogReply,
  StatusReply,
  TemplateRow,
} from "../replies.ts";
import { stepWritten } from "../step-written.ts";
import { Events } from "./events.tsx";
import { JsonTree } from "./json-tree.tsx";
import { LogLines } from "./log-tail.tsx";

/** Events that are shown, the first, and lines, the newest. */
const MOST = 50;

export interface StepNews {
  /** The step in the definition that the run follows, without the steps inside it. */
  written: object | undefined;
  /** None are read of a step that stands for that of every iteration. */
  events: readonly EventReport[];
  lines: readonly LogLine[];
  /** In every iteration: what happened in each is told of each. */
  isMany: boolean;
}

/** `step`: its full id, in which `iter_*` means any iteration; nothing when none is asked for. */
export async function stepNewsOf(
  get: Get,
  run: StatusReply,
  step: string | null,
): Promise<StepNews | undefined> {
  if (!step) return undefined;
  const isMany = step.includes("*");
  const [name, version] = [run.template_name, run.template_version].map(encodeURIComponent);
  const of = new URLSearchParams({ workflow_id: run.workflow_id, step_id: step });
  const logged = new URLSearchParams({ run: run.workflow_id, step });
  const [template, told, log] = await Promise.all([
    orNothing(get<TemplateRow>(`/templates/${name}/versions/${version}`)),
    isMany ? undefined : get<ListOf<"events", EventReport>>(`/events?${of}&limit=${MOST}`),
    isMany ? undefined : get<LogReply>(`/logs?${logged}&limit=${MOST}`),
  ]);
  const written = stepWritten(template?.definition, step);
  return { written, events: told?.events ?? [], lines: log?.lines ?? [], isMany };
}

export function OneStep({ of: { written, events, lines, isMany } }: { of: StepNews }) {
  return (
    <>
      {written && (
        <section aria-label="As it is written">
          <h2>As it is written</h2>
          <JsonTree value={written} />
        </section>
      )}
      {!isMany && (
        <section aria-label="What happened">
          <h2>What happened</h2>
          {events.length === MOST && <p class="note">The first {MOST} of its events.</p>}
          <Events rows={events} ofRun empty="Nothing has happened yet." />
        </section>
      )}
      {!isMany && (
        <section aria-label="What was logged">
          <h2>What was logged</h2>
          {lines.length > 0 ? <LogLines lines={lines} ofStep /> : (
            <p class="note">
              Nothing since the daemon was started; what it logged before went to its standard
              error.
            </p>
          )}
        </section>
      )}
    </>
  );
}
