// Whether others were told of each event that they want to hear of: at least once, in the order of its run.

import { isDeepStrictEqual } from "node:util";
import type { CallbackEvent } from "../../../core/callback-terms.ts";
import type { EventType } from "../../../engine/journal/event-types.ts";
import type { RunRecord, StoredCallback, StoredEvent } from "../../../engine/store/store.ts";
import type { Heard } from "../world/receiver.ts";

export interface CallbackEvidence {
  /** Of which events of which template's runs somebody wants to hear. */
  template: string;
  wanted: readonly CallbackEvent[];
  /** In the order in which they came. */
  heard: readonly Heard[];
  records: readonly RunRecord[];
  /** What is not taken yet, and what was given up. */
  rows: readonly StoredCallback[];
  /** The timers of callbacks. */
  timers: readonly { key: string; dueAt: number }[];
  now: number;
}

const WORDS: Partial<Record<EventType, CallbackEvent>> = {
  workflow_completed: "completed",
  workflow_failed: "failed",
  workflow_cancelled: "cancelled",
  workflow_suspended: "suspended",
};

export function checkCallbacks(evidence: CallbackEvidence): string[] {
  const { records, heard } = evidence;
  const ids = new Set(records.map(({ run }) => run.id));
  return [
    ...heard.filter(({ body }) => !ids.has(String(body.workflow_id)))
      .map(({ body }) => `callback ${body.id} is of no run`),
    ...records.flatMap((record) =>
      checkRun(record, evidence).map((fault) => `${record.run.id}: ${fault}`)
    ),
    ...checkTimers(evidence),
  ];
}

function checkRun(record: RunRecord, evidence: CallbackEvidence): string[] {
  const { template, wanted, rows } = evidence;
  const { run, events } = record;
  const isWatched = run.templateName === template;
  const told = events.filter(({ type }) => isWatched && wanted.includes(WORDS[type]!));
  const heard = evidence.heard.filter(({ body }) => body.workflow_id === run.id);
  const own = rows.filter(({ runNo }) => runNo === run.runNo);
  const givenUp = new Set(
    events.filter(({ type }) => type === "callback_failed")
      .map(({ payload }) => JSON.parse(payload!).sequence as number),
  );
  const taken = new Set<number>();
  const found: string[] = [];
  let last = 0;
  for (const one of heard) {
    const seq = seqOf(one);
    const event = told.find((each) => each.seq === seq);
    if (!event) found.push(`callback ${one.body.id} is of no event that somebody wants to hear of`);
    else found.push(...checkContent(one, event));
    if (seq < last) found.push(`callback ${seq} came after ${last}`);
    last = seq;
    // One that is given up says so soon after that, and the next need not wait for it.
    const before = told.find((each) => each.seq < seq && !taken.has(each.seq) && !isLeft(each.seq));
    if (before) found.push(`callback ${seq} came although ${before.seq} was not taken`);
    if (one.isTaken) taken.add(seq);
  }
  function isLeft(seq: number): boolean {
    return givenUp.has(seq) || own.some((row) => row.seq === seq && row.givenUpAt !== null);
  }
  for (const { seq, type } of told) {
    const waits = own.some((row) => row.seq === seq && row.givenUpAt === null);
    if (!waits && !taken.has(seq) && !isLeft(seq)) {
      found.push(`nobody was told of event ${seq} (${type}), or ever will be`);
    }
  }
  for (const { seq, event } of own) {
    const of = told.find((each) => each.seq === seq);
    if (!of || WORDS[of.type] !== event) found.push(`a callback waits for event ${seq} (${event})`);
  }
  return found;
}

function seqOf({ body }: Heard): number {
  return Number(String(body.id).split(".").at(-1));
}

function checkContent({ body, isSigned }: Heard, { type, payload }: StoredEvent): string[] {
  const found: string[] = [];
  if (!isSigned) found.push(`callback ${body.id} has a wrong signature`);
  const word = WORDS[type];
  if (body.event !== word || body.status !== word) {
    found.push(`callback ${body.id} says ${body.event}, ${body.status} of ${type}`);
  }
  if (type !== "workflow_completed" || body.truncated === true) return found;
  const { output } = JSON.parse(payload!);
  if (!isDeepStrictEqual(body.output ?? null, output ?? null)) {
    found.push(`callback ${body.id} has another output`);
  }
  return found;
}

/** What waits is woken when it says, and is not late; nothing else is. */
function checkTimers({ rows, timers, now }: CallbackEvidence): string[] {
  const waiting = rows.filter(({ givenUpAt }) => givenUpAt === null);
  const keyOf = ({ runNo, seq }: StoredCallback) => `callback:${runNo}.${seq}`;
  const byKey = new Map(timers.map(({ key, dueAt }) => [key, dueAt]));
  const keys = new Set(waiting.map(keyOf));
  return [
    ...timers.filter(({ key }) => !keys.has(key)).map(({ key }) => `timer ${key} is of nothing`),
    ...waiting.flatMap((row) => {
      const key = keyOf(row);
      if (byKey.get(key) !== row.dueAt) return [`timer ${key} is due at ${byKey.get(key)}`];
      const late = now - row.dueAt;
      return !row.isBehind && late >= 0 ? [`timer ${key} was due ${late} ms ago`] : [];
    }),
  ];
}
