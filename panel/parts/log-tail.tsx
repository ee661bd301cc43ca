// How the daemon's log looks: its newest lines, and those that come while somebody looks.

import { useEffect, useState } from "preact/hooks";
import { useAround } from "../context.ts";
import { hrefTo } from "../find.ts";
import type { LogLine, LogReply } from "../replies.ts";
import { Said, When } from "./marks.tsx";

/** Lines that are shown; older ones go. */
const MOST = 200;
/** How long the daemon holds a question for the next line, ms. */
const WAIT_MS = 25_000;
/** After a question that failed, ms. */
const AGAIN_MS = 2_000;

export function logPath(level: string, more: Record<string, string> = {}): string {
  return hrefTo("/logs", {}, { level, limit: String(MOST), ...more });
}

/** `first`: what there was when the page was drawn. `level`: and those above. */
export function LogTail({ first, level }: { first: LogReply; level: string }) {
  const { ask, later } = useAround();
  const [lines, setLines] = useState(first.lines);
  useEffect(() => {
    if (!ask || !later) return;
    let isOpen = true;
    let cancel = () => {};
    const follow = async (after: number) => {
      let last = after;
      try {
        const path = logPath(level, { after: String(after), wait_ms: String(WAIT_MS) });
        const more = await ask<LogReply>("GET", path);
        last = more.last;
        if (isOpen && more.lines.length > 0) {
          setLines((before) => [...before, ...more.lines].slice(-MOST));
        }
        if (isOpen) void follow(last);
      } catch {
        // A daemon that started anew counts its lines from the beginning.
        if (isOpen) cancel = later(AGAIN_MS, () => void follow(0));
      }
    };
    void follow(first.last);
    return () => {
      isOpen = false;
      cancel();
    };
  }, [ask !== undefined, level]);
  if (lines.length === 0) return <p class="note">It has logged nothing of that level.</p>;
  return <LogLines lines={lines} />;
}

/** `ofStep`: all are of the step that they stand below, and need not say so. */
export function LogLines({ lines, ofStep }: { lines: readonly LogLine[]; ofStep?: boolean }) {
  return (
    <ol class="log" aria-label="Log" tabIndex={0}>
      {lines.map((line) => <Line key={line.id} of={line} ofStep={ofStep} />)}
    </ol>
  );
}

function Line({ of: { entry }, ofStep }: { of: LogLine; ofStep: boolean | undefined }) {
  const { time, level, msg, ...about } = entry;
  const { workflow_id: _run, step_id: _step, agent_id: _agent, ...own } = about;
  const rest = ofStep ? own : about;
  const more = Object.keys(rest).length > 0 ? JSON.stringify(rest) : "";
  return (
    <li class={level}>
      <When at={time} /> <b>{level}</b> <Said text={msg} most={500} /> {more && (
        <code>
          <Said text={more} most={300} />
        </code>
      )}
    </li>
  );
}
