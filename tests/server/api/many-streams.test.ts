// That a hundred clients who follow at once, each something else, miss nothing and see nothing twice.

import assert from "node:assert/strict";
import { test } from "node:test";
import { parseEvents } from "../../../cli/sse.ts";
import { startTestDaemon } from "../../support/daemon.ts";
import { defineTemplate, rest } from "../../support/http.ts";

const STREAMS = 100;
const RUNS = 120;

interface Logged {
  id: number;
  workflow_id: string;
  event_type: string;
}

interface RunOf {
  template: string;
  agent: string;
}

/** The queries that streams are opened with, and what of the log each is to see. */
const WISHES: [query: string, fits: (event: Logged, run: RunOf) => boolean][] = [
  ["", () => true],
  ["?template=one", (_, run) => run.template === "one"],
  ["?agent=b", (_, run) => run.agent === "b"],
  [
    "?types=workflow_completed,workflow_failed",
    ({ event_type }) => event_type === "workflow_completed",
  ],
  [
    "?template=two&agent=a&types=step_started",
    ({ event_type }, { template, agent }) =>
      event_type === "step_started" && template === "two" && agent === "a",
  ],
];

class Reader {
  readonly seen: number[] = [];
  #wake = () => {};
  /** Held as a whole: what nobody has read of one that is collected is given up. */
  readonly #response: Response;

  constructor(response: Response) {
    this.#response = response;
  }

  async read(): Promise<void> {
    const chunks = this.#response.body as unknown as AsyncIterable<Uint8Array>;
    for await (const { id, event } of parseEvents(chunks)) {
      assert.notEqual(event, "resync");
      this.seen.push(Number(id));
      this.#wake();
    }
  }

  async has(count: number): Promise<void> {
    while (this.seen.length < count) await new Promise<void>((resolve) => this.#wake = resolve);
  }
}

test("a hundred streams under load: each sees all of its events once and in order", async (t) => {
  const { url } = await startTestDaemon(t);
  const steps = Array.from({ length: 4 }, (_, i) => ({
    id: `s${i}`,
    action: "crypto.uuid",
    ...(i > 0 && { depends_on: [`s${i - 1}`] }),
  }));
  for (const name of ["one", "two"]) await defineTemplate(url, name, steps);
  const stop = new AbortController();
  const readers = await Promise.all(Array.from({ length: STREAMS }, async (_, n) => {
    const [query] = WISHES[n % WISHES.length]!;
    const response = await fetch(`${url}/api/v1/events/stream${query}`, { signal: stop.signal });
    assert.equal(response.status, 200, query);
    return new Reader(response);
  }));
  // Two of each kind read nothing until all is over.
  const isSlow = (n: number) => n >= STREAMS - 2 * WISHES.length;
  const reading = readers.filter((_, n) => !isSlow(n)).map((reader) => reader.read());
  const runs = new Map<string, RunOf>();
  await Promise.all(Array.from({ length: RUNS }, async (_, n) => {
    const run = { template: n % 3 ? "one" : "two", agent: n % 2 ? "a" : "b" };
    const body = { template_name: run.template, agent_id: run.agent, wait_ms: 60_000 };
    const { body: reply } = await rest(url, "POST", "/api/v1/runs", body);
    assert.equal(reply.status, "completed");
    runs.set(reply.workflow_id, run);
  }));
  const log = await wholeLog(url);
  assert.equal(log.length, RUNS * 10);
  reading.push(...readers.filter((_, n) => isSlow(n)).map((reader) => reader.read()));
  for (const [n, reader] of readers.entries()) {
    const [query, fits] = WISHES[n % WISHES.length]!;
    const wanted = log.filter((event) => fits(event, runs.get(event.workflow_id)!))
      .map(({ id }) => id);
    assert.ok(wanted.length > RUNS / 3);
    await reader.has(wanted.length);
    assert.deepEqual(reader.seen, wanted, `stream ${n}, ${query}`);
  }
  stop.abort();
  await Promise.allSettled(reading);
});

async function wholeLog(url: string): Promise<Logged[]> {
  const log: Logged[] = [];
  for (;;) {
    const path = `/api/v1/events?after_id=${log.at(-1)?.id ?? 0}&limit=1000`;
    const { events } = (await rest(url, "GET", path)).body as { events: Logged[] };
    if (events.length === 0) return log;
    log.push(...events);
  }
}
