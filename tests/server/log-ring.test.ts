// What the daemon remembers of its log.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Level } from "../../core/log.ts";
import { LogRing } from "../../server/log-ring.ts";

const ALL = { after: 0, level: "debug", since: -Infinity } as const;

/** What a logger hands over for such an entry. */
function line(fields: { level?: Level; time?: string; [name: string]: unknown }) {
  const entry = { time: "2026-11-21T12:00:00.000Z", level: "info" as Level, msg: "m", ...fields };
  return [JSON.stringify(entry) + "\n", entry.level, Date.parse(entry.time)] as const;
}

test("the newest lines that pass, oldest first", () => {
  const ring = new LogRing();
  ring.add(...line({ level: "debug", n: 1 }));
  ring.add(...line({ level: "warn", n: 2, workflow_id: "a", step_id: "s", agent_id: "ann" }));
  ring.add(...line({ level: "error", n: 3, time: "2026-11-21T13:00:00.000Z" }));
  const numbers = (filter: object, limit = 9) =>
    ring.list({ ...ALL, ...filter }, limit).map(({ entry }) => entry.n);
  assert.deepEqual(numbers({}), [1, 2, 3]);
  assert.deepEqual(numbers({}, 2), [2, 3]);
  assert.deepEqual(numbers({ level: "warn" }), [2, 3]);
  assert.deepEqual(numbers({ runId: "a" }), [2]);
  assert.deepEqual(numbers({ runId: "a", stepId: "s" }), [2]);
  assert.deepEqual(numbers({ runId: "a", stepId: "t" }), []);
  assert.deepEqual(numbers({ agentId: "ann" }), [2]);
  assert.deepEqual(numbers({ runId: "a", agentId: "bob" }), []);
  assert.deepEqual(numbers({ after: 2 }), [3]);
  assert.deepEqual(numbers({ since: Date.parse("2026-11-21T12:30:00Z") }), [3]);
  assert.equal(ring.last, 3);
});

test("old lines make room for new ones", () => {
  const ring = new LogRing();
  for (let n = 0; n < 20_000; n++) ring.add(...line({ n, text: "x".repeat(1_000) }));
  const kept = ring.list(ALL, 100_000);
  assert.ok(kept.length > 3_000 && kept.length < 4_500, `${kept.length} kept`);
  assert.equal(kept.at(-1)!.entry.n, 19_999);
  assert.equal(kept[0]!.entry.n, 20_000 - kept.length);
});

test("who waits is woken by the next line, or by the end of the wait", async () => {
  const ring = new LogRing();
  const waiting = ring.next(new AbortController().signal);
  ring.add(...line({}));
  await waiting;
  const gone = new AbortController();
  const given = ring.next(gone.signal);
  gone.abort();
  await given;
  await ring.next(gone.signal);
});
