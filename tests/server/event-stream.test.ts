// That a follower gets every event once, in order, whenever it joins and however slowly it reads.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Frame, parseEvents } from "../../cli/sse.ts";
import type { Json } from "../../core/json.ts";
import type { EventReport, LiveEvent, LiveListener, Opcode } from "../../engine/api.ts";
import { chunksOf } from "../../server/event-frames.ts";
import type { Wish } from "../../server/event-selection.ts";
import { followEvents } from "../../server/event-stream.ts";
import { eventId } from "../support/rows.ts";
import { settle } from "../support/test-engine.ts";

/** An event log with the two doors a follower uses; reads can be held open. */
function createLog() {
  const events: EventReport[] = [];
  const listeners = new Map<LiveListener, string | undefined>();
  let gate: Promise<void> = Promise.resolve();
  let reads = 0;
  const publish = (told: LiveEvent[]) => {
    for (const [listener, runId] of listeners) {
      const of = told[0]!.kind === "event" ? told[0]!.event.workflow_id : runId;
      if (runId === undefined || runId === of) listener(told);
    }
  };
  const make = (run: string, filler = ""): EventReport => {
    const event: EventReport = {
      id: eventId(events.length + 1),
      workflow_id: run,
      event_type: "step_completed",
      payload: { filler },
      timestamp: "2026-01-01T00:00:00.000Z",
      sequence: events.length + 1,
    };
    events.push(event);
    return event;
  };
  return {
    listeners,
    reads: () => reads,
    /** Holds reads open until the answer is called. */
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>();
      gate = promise;
      return resolve;
    },
    append(run: string, filler = "") {
      publish([{
        kind: "event",
        event: make(run, filler),
        template_name: `t of ${run}`,
        run_agent_id: "a",
      }]);
    },
    /** Many events that nobody is told one by one. */
    miss(run: string, count: number) {
      const from = eventId(events.length + 1);
      for (let i = 0; i < count; i++) make(run);
      publish([{ kind: "missed", from, id: eventId(events.length) }]);
    },
    emit(run: string, said = { event_type: "custom", payload: 1 as Json }) {
      const event = make(run);
      event.payload = { emitted: [said] };
      publish([{ kind: "event", event, template_name: `t of ${run}`, run_agent_id: "a" }, {
        kind: "emitted",
        id: event.id,
        workflow_id: run,
        step_id: "s",
        ...said,
      }]);
    },
    opcode: {
      subscribe(listener: LiveListener, runId?: string) {
        listeners.set(listener, runId);
        return () => listeners.delete(listener);
      },
      async query(
        { filter }: {
          filter: { after_id?: number; limit: number; workflow_id?: string; id?: string };
        },
      ) {
        reads++;
        if (filter.after_id === undefined) {
          return { rows: [{ template_name: `t of ${filter.id}`, agent_id: "a" }] };
        }
        const found = events.filter((event) =>
          event.id > filter.after_id! &&
          (filter.workflow_id ?? event.workflow_id) === event.workflow_id
        );
        await gate;
        const rows = found.slice(0, filter.limit);
        return { rows, ...(found.length > rows.length && { next_cursor: "more" }) };
      },
    } as unknown as Opcode,
  };
}

function follow(
  log: ReturnType<typeof createLog>,
  runId: string | undefined,
  from: number | "now",
  more: Omit<Wish, "runId"> = {},
) {
  const after = from === "now" ? from : eventId(from);
  const stop = new AbortController();
  const stream = followEvents({
    opcode: log.opcode,
    wish: { runId, ...more },
    after,
    signal: stop.signal,
  });
  return { stop, stream, frames: parseEvents(stream)[Symbol.asyncIterator]() };
}

async function ids(frames: AsyncIterator<Frame>, count: number): Promise<number[]> {
  const found: number[] = [];
  while (found.length < count) {
    const next = await frames.next();
    assert(!next.done, `the stream ended after ${found}`);
    if (next.value.id !== undefined) found.push(Number(next.value.id));
  }
  return found;
}

const upTo = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);

test("what was committed before, while reading and after comes once and in order", async () => {
  const log = createLog();
  for (let i = 0; i < 250; i++) log.append("r");
  const release = log.hold();
  const { frames, stop } = follow(log, "r", 0);
  // Committed while the first read is under way: in the store, but not in that read's answer.
  log.append("r");
  log.append("r");
  release();
  assert.deepEqual(await ids(frames, 252), upTo(1, 252));
  log.append("r");
  log.append("other");
  log.append("r");
  assert.deepEqual(await ids(frames, 2), [253, 255]);
  stop.abort();
  assert.equal((await frames.next()).done, true);
});

test("a follower that comes back goes on after the last event it saw", async () => {
  const log = createLog();
  for (let i = 0; i < 5; i++) log.append("r");
  const first = follow(log, "r", 0);
  assert.deepEqual(await ids(first.frames, 3), [1, 2, 3]);
  first.stop.abort();
  log.append("r");
  const second = follow(log, "r", 3);
  assert.deepEqual(await ids(second.frames, 3), [4, 5, 6]);
  second.stop.abort();
});

test("once it has caught up, events come without reading the store", async () => {
  const log = createLog();
  log.append("r");
  const { frames, stop } = follow(log, "r", 0);
  await ids(frames, 1);
  log.append("r");
  await ids(frames, 1);
  const before = log.reads();
  for (let i = 0; i < 10; i++) {
    log.append("r");
    await ids(frames, 1);
  }
  assert.equal(log.reads(), before);
  stop.abort();
});

test("a slow reader holds no more than the limit and misses nothing", async () => {
  const log = createLog();
  const { stream, stop } = follow(log, undefined, "now");
  const filler = "x".repeat(10_000);
  for (let i = 0; i < 500; i++) log.append("r", filler);
  const frames = parseEvents(stream)[Symbol.asyncIterator]();
  assert.deepEqual(await ids(frames, 500), upTo(1, 500));
  // Five megabytes did not fit: the rest was read from the store as the client made room.
  assert(log.reads() >= 4, `${log.reads()} reads`);
  stop.abort();
});

test("who reads nothing has the limit and one event beyond it in memory, whatever a page has", async (t) => {
  const log = createLog();
  const frame = 100_000;
  for (let i = 0; i < 200; i++) log.append("r", "x".repeat(frame));
  for (const run of ["r", undefined]) {
    const { stream, stop } = follow(log, run, 0);
    t.after(() => stop.abort());
    await settle();
    // Nothing more is read: what comes now was there.
    const release = log.hold();
    const reader = stream.getReader();
    let waiting = 0;
    const read = async () => {
      for (;;) waiting += (await reader.read()).value!.length;
    };
    read().catch(() => {});
    await settle();
    assert.ok(waiting > frame && waiting < 32 * 1024 + 2 * frame, `${waiting} bytes`);
    release();
  }
});

test("who reads slowly gets all of large events, in order", async () => {
  const log = createLog();
  for (let i = 0; i < 40; i++) log.append("r", "x".repeat(i % 3 ? 10 : 50_000));
  const { frames, stop } = follow(log, "r", 0);
  assert.deepEqual(await ids(frames, 40), upTo(1, 40));
  log.append("r");
  assert.deepEqual(await ids(frames, 1), [41]);
  stop.abort();
});

test("'now' leaves out what was before, also when the reader lags at once", async () => {
  const log = createLog();
  for (let i = 0; i < 50; i++) log.append("r");
  const { frames, stop } = follow(log, undefined, "now");
  for (let i = 0; i < 60; i++) log.append("r", "x".repeat(10_000));
  assert.deepEqual(await ids(frames, 60), upTo(51, 110));
  stop.abort();
});

test("what a step emitted comes as a frame without id", async () => {
  const log = createLog();
  const { frames, stop } = follow(log, undefined, "now");
  log.emit("r");
  assert.deepEqual(await ids(frames, 1), [1]);
  const { value } = await frames.next();
  assert.deepEqual([value.id, value.event], [undefined, "emitted"]);
  assert.equal(JSON.parse(value.data).event_type, "custom");
  stop.abort();
});

test("what a step emitted forges no line of a frame", async () => {
  const log = createLog();
  const { frames, stop } = follow(log, undefined, "now");
  const forged = "x\n\nid: 99\nevent: forged\r\ndata: {}\n\n";
  log.emit("r", { event_type: forged, payload: forged });
  log.append("r");
  assert.deepEqual(await ids(frames, 1), [1]);
  const { value } = await frames.next();
  assert.deepEqual([value.id, value.event], [undefined, "emitted"]);
  const { event_type, payload } = JSON.parse(value.data);
  assert.deepEqual([event_type, payload], [forged, forged]);
  assert.deepEqual(await ids(frames, 1), [2]);
  stop.abort();
});

test("one that does not read hears nothing until it does", async () => {
  const log = createLog();
  const { stream, stop } = follow(log, undefined, "now");
  const filler = "x".repeat(10_000);
  for (let i = 0; i < 8; i++) log.append("r", filler);
  await new Promise(setImmediate);
  assert.equal(log.listeners.size, 0);
  for (let i = 0; i < 100; i++) log.append("r");
  const frames = parseEvents(stream)[Symbol.asyncIterator]();
  assert.deepEqual(await ids(frames, 108), upTo(1, 108));
  log.append("r");
  assert.deepEqual(await ids(frames, 1), [109]);
  assert.equal(log.listeners.size, 1);
  stop.abort();
});

test("events that could not be told one by one are read, also when they are other runs'", async () => {
  const log = createLog();
  const all = follow(log, undefined, "now");
  const one = follow(log, "r", "now");
  log.miss("other", 5);
  log.miss("r", 3);
  assert.deepEqual(await ids(all.frames, 8), upTo(1, 8));
  assert.deepEqual(await ids(one.frames, 3), upTo(6, 8));
  log.append("r");
  assert.deepEqual(await ids(all.frames, 1), [9]);
  assert.deepEqual(await ids(one.frames, 1), [9]);
  const before = log.reads();
  log.append("r");
  assert.deepEqual(await ids(one.frames, 1), [10]);
  assert.equal(log.reads(), before, "both are live again");
  all.stop.abort();
  one.stop.abort();
});

test("what one commit says is written once for all who follow", async () => {
  const told: LiveEvent[] = [1, 2, 3].map((id) => ({
    kind: "event",
    template_name: "t",
    run_agent_id: "a",
    event: {
      id: eventId(id),
      workflow_id: "r",
      event_type: "step_started",
      timestamp: "2026-01-01T00:00:00.000Z",
      sequence: id,
    },
  }));
  const chunks = chunksOf(told);
  assert.equal(chunks.length, 1);
  assert.equal(chunksOf(told), chunks);
  assert.deepEqual([chunks[0]!.first, chunks[0]!.last], [1, 3]);
});

test("a client that hangs up leaves nothing behind", async () => {
  const log = createLog();
  const { stream } = follow(log, "r", 0);
  assert.equal(log.listeners.size, 1);
  await stream.cancel();
  assert.equal(log.listeners.size, 0);
});

test("a stream of some types or runs has all of those once, from the log and live, and nothing else", async () => {
  const log = createLog();
  for (const run of ["x", "y", "x"]) log.append(run);
  log.emit("y");
  const stops: AbortController[] = [];
  const opened = (from: number | "now", wish: Omit<Wish, "runId">) => {
    const { frames, stop } = follow(log, undefined, from, wish);
    stops.push(stop);
    return frames;
  };
  const ofX = opened(0, { template: "t of x" });
  const ofNobody = opened(0, { agent: "b" });
  const ofType = opened(0, { types: ["step_completed"], template: "t of y" });
  const emitted = opened(0, { types: ["emitted"] });
  assert.deepEqual(await ids(ofX, 2), [1, 3]);
  assert.deepEqual(await ids(ofType, 2), [2, 4]);
  assert.equal((await emitted.next()).value.event, "emitted");
  // Live by now, or heard of while the log is read: it must not matter.
  for (let i = 0; i < 300; i++) {
    log.append(i % 2 ? "x" : "y");
    if (i % 50 === 0) await new Promise(setImmediate);
  }
  log.emit("x");
  const odd = Array.from({ length: 150 }, (_, i) => 6 + 2 * i);
  assert.deepEqual(await ids(ofX, 151), [...odd, 305]);
  assert.deepEqual(await ids(ofType, 150), odd.map((id) => id - 1));
  assert.equal((await emitted.next()).value.event, "emitted");
  for (const stop of stops) stop.abort();
  assert.equal((await ofNobody.next()).done, true, "nothing was for it");
  assert.equal((await ofType.next()).done, true);
});

test("what steps emitted comes from the log as it comes live", async () => {
  const log = createLog();
  log.emit("r");
  const { frames, stop } = follow(log, "r", 0);
  assert.deepEqual(await ids(frames, 1), [1]);
  const { value } = await frames.next();
  assert.deepEqual([value.id, value.event], [undefined, "emitted"]);
  assert.deepEqual(JSON.parse(value.data).payload, 1);
  stop.abort();
});

test("after an id that the log does not reach comes a resync, then what is committed", async () => {
  const log = createLog();
  for (let i = 0; i < 3; i++) log.append("r");
  const { frames, stop } = follow(log, undefined, 500);
  const { value } = await frames.next();
  assert.deepEqual([value.event, value.id], ["resync", undefined]);
  assert.equal(JSON.parse(value.data).after, 500);
  log.append("r");
  assert.deepEqual(await ids(frames, 1), [4]);
  stop.abort();
  const known = follow(log, undefined, 4);
  log.append("r");
  assert.equal((await known.frames.next()).value.event, "step_completed", "the newest is known");
  known.stop.abort();
});

test("a heartbeat tells a stream of few events how far it need not look again", async () => {
  const log = createLog();
  log.append("x");
  const stop = new AbortController();
  const stream = followEvents({
    opcode: log.opcode,
    wish: { template: "t of x" },
    after: eventId(0),
    signal: stop.signal,
    heartbeatMs: 1,
  });
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream) {
    text += decoder.decode(chunk);
    if (text.includes("id: 1\nevent") && log.reads() > 0) log.append("y");
    const [, last = "1"] = [...text.matchAll(/^id: (\d+)\n: keep-alive$/gm)].at(-1) ?? [];
    if (Number(last) > 1) break;
  }
  stop.abort();
});
