// Whether the checker sees what is wrong with a fork, and takes one that is right for right.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "../../../core/json.ts";
import type { EventId } from "../../../engine/store/store.ts";
import { uuid } from "../../support/rows.ts";
import { Log, RUN_ID } from "./build.ts";
import { checkRun } from "./check.ts";
import type { Evidence } from "./evidence.ts";
import { act } from "./steps.ts";

const STEPS = [
  act("a"),
  act("b", {}, { depends_on: ["a"] }),
  act("c", {}, { depends_on: ["b"] }),
  act("d"),
];
const FORK_ID = uuid(2);
const out = (id: string) => ({ id, attempt: 1, value: null });

function source(): Evidence {
  const ended = new Log(STEPS).run().done("a").done("d").done("b").done("c");
  return ended.completeRun({ c: out("c"), d: out("d") }).evidence();
}

/** A fork from `b` of that run, with these events after its start. */
function fork(fill: (log: Log) => Log, from = "b"): Evidence {
  const forked_from = { workflow_id: RUN_ID, step_id: from };
  const log = fill(new Log(STEPS).add("workflow_started", null, { forked_from }));
  const evidence = log.evidence();
  const { record } = evidence;
  const run = { ...record.run, id: FORK_ID, runNo: 2, forkedFrom: JSON.stringify(forked_from) };
  const events = record.events.map((event) => ({
    ...event,
    id: event.id + 100 as EventId,
    runId: FORK_ID,
  }));
  return { ...evidence, record: { ...record, run, events }, source: source() };
}

const kept = (log: Log, id: string, more: JsonObject = {}) =>
  log.add("step_completed", id, { output: out(id), duration_ms: 0, kept: true, ...more });
const rest = (log: Log) => log.done("b").done("c").completeRun({ c: out("c"), d: out("d") });

test("a fork that keeps what it should is right", () => {
  assert.deepEqual(checkRun(fork((log) => rest(kept(kept(log, "a"), "d")))), []);
});

test("a fork that begins at a step without dependencies keeps the others", () => {
  const faults = checkRun(
    fork(
      (log) =>
        kept(kept(kept(log, "a"), "b"), "c").done("d").completeRun({ c: out("c"), d: out("d") }),
      "d",
    ),
  );
  assert.deepEqual(faults, []);
});

const WRONG: [title: string, fill: (log: Log) => Log, fault: RegExp][] = [
  [
    "another output",
    (log) => rest(kept(kept(log, "a", { output: { id: "a", attempt: 9 } }), "d")),
    /step_completed a\): it was not so/,
  ],
  ["a step that is missing", (log) => rest(kept(log, "a").done("d")), /^d is not kept/],
  [
    "a step that follows",
    (log) =>
      kept(kept(kept(log, "a"), "d"), "b").done("c").completeRun({ c: out("c"), d: out("d") }),
    /^b is kept, and follows from b/,
  ],
  ["a step twice", (log) => rest(kept(kept(kept(log, "a"), "d"), "a")), /kept twice/],
  [
    "a step that is kept late",
    (log) => rest(kept(kept(log, "a").start("b").complete("b"), "d")),
    /what is kept comes first/,
  ],
];

for (const [title, fill, fault] of WRONG) {
  test(`seen: a fork with ${title}`, () => {
    const faults = checkRun(fork(fill));
    assert.ok(faults.some((one) => fault.test(one)), JSON.stringify(faults));
  });
}

test("seen: a run that keeps something and is no fork, and a fork whose source is not there", () => {
  const plain = fork((log) => rest(kept(kept(log, "a"), "d")));
  const { record } = plain;
  const none = { ...plain, record: { ...record, run: { ...record.run, forkedFrom: null } } };
  assert.match(checkRun(none)[0]!, /this run is no fork/);
  const { source: _, ...alone } = plain;
  assert.match(checkRun(alone)[0]!, /forked from is not there/);
});
