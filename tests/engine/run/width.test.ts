// Whether what happens to one step of a run costs the same however many steps there are beside it.

// First, so that it counts what comes after.
import { countWork, grown, type Work } from "../../support/work-count.ts";
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import type { JsonObject } from "../../../core/json.ts";
import type { SignalRequest } from "../../../engine/api.ts";
import { openTestEngine, pass, settle, type TestEngine } from "../../support/test-engine.ts";

const EVENTS = 40;

interface Shape {
  steps(n: number): JsonObject[];
  /** Brings the run to where events are counted; the first `EVENTS` are still to come. */
  prepare?(engine: TestEngine, id: string, n: number): Promise<void>;
  /** The event, by number. */
  event(engine: TestEngine, id: string, i: number, n: number): Promise<unknown>;
  /** How the run begins: suspended unless said otherwise. */
  status?: string;
}

const range = (n: number) => Array.from({ length: n }, (_, i) => i);
const list = (n: number, body: JsonObject): JsonObject => ({
  id: "l",
  type: "loop",
  config: { over: range(n), concurrency: n, body: [body] },
});
const branches = (n: number, step: (i: number) => JsonObject): JsonObject => ({
  id: "p",
  type: "parallel",
  config: { branches: range(n).map((i) => [step(i)]) },
});
const wait = (i: number) => ({ id: `w${i}`, type: "wait", config: { signal: `go${i}` } });
const ask = (i: number) => ({ id: `q${i}`, type: "reasoning", config: { prompt_context: "?" } });

function signal(engine: TestEngine, workflow_id: string, request: Partial<SignalRequest>) {
  return engine.opcode.signal({
    workflow_id,
    signal_type: "data",
    agent_id: "a",
    wait_ms: 0,
    ...request,
  });
}

async function met(sent: ReturnType<typeof signal>, step: string): Promise<void> {
  assert.deepEqual((await sent).met, [step]);
}

const SHAPES: Record<string, Shape> = {
  "data by the full id of a top-level wait": {
    steps: (n) => range(n).map(wait),
    event: (engine, id, i) => met(signal(engine, id, { step_id: `w${i}` }), `w${i}`),
  },
  "data by the name of a top-level wait's signal": {
    steps: (n) => range(n).map(wait),
    event: (engine, id, i) => met(signal(engine, id, { payload: { signal: `go${i}` } }), `w${i}`),
  },
  "data by the full id of a wait in a loop": {
    steps: (n) => [list(n, { id: "w", type: "wait", config: { signal: "go${{loop.index}}" } })],
    event: (engine, id, i) =>
      met(signal(engine, id, { step_id: `l.iter_${i}.w` }), `l.iter_${i}.w`),
  },
  "data by the name of the signal of a wait in a loop": {
    steps: (n) => [list(n, { id: "w", type: "wait", config: { signal: "go${{loop.index}}" } })],
    event: (engine, id, i) =>
      met(signal(engine, id, { payload: { name: `go${i}` } }), `l.iter_${i}.w`),
  },
  "data by the short id of a wait in a branch": {
    steps: (n) => [branches(n, wait)],
    event: (engine, id, i) => met(signal(engine, id, { step_id: `w${i}` }), `p.branch_${i}.w${i}`),
  },
  "data that meets none of many waits": {
    steps: (n) => [branches(n, wait)],
    event: (engine, id) => signal(engine, id, { payload: { signal: "nobody" } }),
  },
  "data for the last of many waits": {
    steps: (n) => [branches(n, wait)],
    async prepare(engine, id, n) {
      for (let i = 0; i < n - EVENTS - 1; i++) await signal(engine, id, { step_id: `w${i}` });
    },
    event: (engine, id, i) => signal(engine, id, { payload: { last: i } }),
  },
  "a decision by the full id of a step in a loop": {
    steps: (n) => [list(n, { id: "q", type: "reasoning", config: { prompt_context: "?" } })],
    event: (engine, id, i) =>
      signal(engine, id, {
        signal_type: "decision",
        step_id: `l.iter_${i}.q`,
        payload: { choice: "yes" },
      }),
  },
  "a decision by the short id of a step in a branch": {
    steps: (n) => [branches(n, ask)],
    event: (engine, id, i) =>
      signal(engine, id, {
        signal_type: "decision",
        step_id: `q${i}`,
        payload: { choice: "yes" },
      }),
  },
  "the end of a step that others run beside": {
    steps: (n) => range(n).map((i) => ({ id: `s${i}`, action: "test.external" })),
    status: "active",
    async event(engine, _, i) {
      engine.open[0]!.resolve(i);
      await settle();
    },
  },
  "the end of a wait for a time that others run beside": {
    steps: (n) =>
      range(n).map((i) => ({ id: `t${i}`, type: "wait", config: { duration: `${60 + i}s` } })),
    // It leaves memory after a minute, and is read again once.
    prepare: (engine) => pass(engine, 60_000),
    event: (engine) => pass(engine, 1_000),
  },
  "the end of a step that shares its fallback with those before it": {
    steps: (n) => [
      { id: "f", action: "crypto.uuid" },
      ...range(n).map((i) => ({
        ...wait(i),
        on_error: { strategy: "fallback_step", fallback_step: "f" },
      })),
    ],
    async prepare(engine, id, n) {
      for (let i = 0; i < n - EVENTS - 1; i++) await signal(engine, id, { step_id: `w${i}` });
    },
    event(engine, id, i, n) {
      const step_id = `w${n - EVENTS - 1 + i}`;
      return met(signal(engine, id, { step_id }), step_id);
    },
  },
  "the end of an iteration that others run beside": {
    steps: (n) => [list(n, { id: "s", action: "test.external" })],
    status: "active",
    async event(engine, _, i) {
      engine.open[0]!.resolve(i);
      await settle();
    },
  },
};

for (const [what, shape] of Object.entries(SHAPES)) {
  test(`${what} costs the same however many there are`, (t) => compare(t, shape));
}

const FEW = 400;
const MANY = 3_200;

async function compare(t: TestContext, shape: Shape): Promise<void> {
  const few = await workAt(FEW, shape);
  const many = await workAt(MANY, shape);
  t.diagnostic(
    `blocks run for ${EVENTS} events: ${few.total} of ${FEW}, ${many.total} of ${MANY}`,
  );
  const told = JSON.stringify(grown(few, many).slice(0, 5));
  // What is searched by halves takes a little more; a look at each would take eight times as much.
  assert.ok(many.total < few.total * 1.25, `more often: ${told}`);
}

async function workAt(
  n: number,
  { steps, prepare, event, status = "suspended" }: Shape,
): Promise<Work> {
  const engine = await openTestEngine();
  const reply = await engine.run(steps(n), { wait_ms: status === "suspended" ? 60_000 : 0 });
  await settle();
  assert.equal(reply.status, status);
  await prepare?.(engine, reply.workflow_id, n);
  return await countWork(async () => {
    for (let i = 0; i < EVENTS; i++) await event(engine, reply.workflow_id, i, n);
  });
}

test("what follows from one signal in a very wide run grows with the run and no faster", async (t) => {
  const skip = async (n: number) => {
    const engine = await openTestEngine();
    const { workflow_id } = await engine.run([list(n, wait(0))], { wait_ms: 60_000 });
    return await countWork(async () => {
      await signal(engine, workflow_id, { signal_type: "skip", step_id: "l.iter_0.w0" });
    });
  };
  const [some, many] = [await skip(8_000), await skip(12_000)];
  t.diagnostic(`blocks run: ${some.total} at 8,000, ${many.total} at 12,000`);
  assert.ok(many.total < some.total * 1.7, JSON.stringify(grown(some, many).slice(0, 5)));
});
