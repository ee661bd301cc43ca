// That the expression worker ends what runs away, and that nobody else waits for it for long.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import type { ExpressionRequest } from "../../../core/expression.ts";
import type { ThreadScript } from "../../../core/thread.ts";
import { THREAD } from "../../../embed/worker.ts";
import { WorkerPool } from "../../../embed/worker/pool.ts";

/** Deno does not end a thread that is busy: what would never end cannot be tried there. */
const skip = "Deno" in globalThis ? "a busy thread does not end on Deno" : false;

const pool = new WorkerPool({ script: THREAD });
after(() => pool.close());

/** What ends by itself must not fail because the machine is busy. */
const patience = { deadlineMs: 60_000 };

const jq = (source: string, more: Partial<ExpressionRequest> = {}): ExpressionRequest => ({
  engine: "jq",
  source,
  data: null,
  mode: "value",
  ...more,
});

const items = Array.from({ length: 1_000 }, (_, i) => i);
const cel = (source: string): ExpressionRequest => ({
  engine: "cel",
  source,
  mode: "boolean",
  data: { steps: {}, inputs: { items: { value: items } }, workflow: {}, context: { value: {} } },
});

test("a request is answered, by one engine as by the other", async () => {
  const nested = "inputs.items.all(x, inputs.items.all(y, true))";
  assert.equal(await pool.evaluate(jq(". + 1", { data: 1 }), patience), 2);
  assert.equal(await pool.evaluate(cel(nested), patience), true);
});

test("an error keeps its code and its details", async () => {
  await assert.rejects(pool.evaluate(jq(".a +"), patience), (error: any) => {
    assert.equal(error.code, "VALIDATION_ERROR");
    assert.deepEqual(error.details, { expression: ".a +", line: 1, column: 4 });
    return true;
  });
  await assert.rejects(pool.evaluate(cel("inputs.items"), patience), {
    code: "EXECUTION_ERROR",
    message: /^a condition must be true or false, not list/,
  });
});

/** What has to end: by its deadline, or by a limit before. */
const RUNAWAYS: ExpressionRequest[] = [
  jq("[limit(0; range(infinite))], last(range(infinite))"),
  jq("def f: f; f"),
  jq('[range(1e7)] | map(tostring) | sort | join("-") | test("x")'),
  cel("inputs.items.all(x, inputs.items.all(y, inputs.items.all(z, true)))"),
];

for (const request of RUNAWAYS) {
  test(`is ended and never retried: ${request.source}`, { skip }, async () => {
    await assert.rejects(pool.evaluate(request, { deadlineMs: 300 }), (error: any) => {
      assert.match(error.code, /^(TIMEOUT|EXECUTION)_ERROR$/);
      assert.equal(error.details.retryable, false);
      assert.equal(error.details.expression, request.source);
      return true;
    });
    assert.equal(await pool.evaluate(jq("1"), patience), 1);
  });
}

test("the deadline is told", { skip }, async () => {
  await assert.rejects(pool.evaluate(jq("def f: f; f"), { deadlineMs: 200 }), {
    code: "TIMEOUT_ERROR",
    message: "the expression did not end within 0.2 s",
  });
});

test("a thread that runs out of memory is replaced, and its limit named", { skip }, async () => {
  const source = "inputs.items.map(x, inputs.items.map(y, inputs.items.map(z, [x, y, z])))";
  const request = { ...cel(source), mode: "value" } as const;
  await assert.rejects(pool.evaluate(request, patience), {
    code: "EXECUTION_ERROR",
    message: "the expression exceeds the limit of 256 MB of memory",
    details: { expression: source, retryable: false },
  });
  assert.equal(await pool.evaluate(jq("1"), patience), 1);
});

test("one agent's runaways leave a thread for the requests of another", {
  skip,
}, async () => {
  const options = { party: { agent: "greedy", run: "1" }, deadlineMs: 250 };
  const ended: string[] = [];
  const greedy = Array.from(
    { length: 8 },
    () => pool.evaluate(jq("def f: f; f"), options).catch(() => ended.push("greedy")),
  );
  const patient = pool.evaluate(jq("1"), { ...patience, party: { agent: "patient", run: "1" } })
    .then(() => ended.push("patient"));
  await patient;
  // Two of the eight run at a time: none can hold up what another asks.
  assert.ok(ended.indexOf("patient") <= 2, ended.join(" "));
  await Promise.all(greedy);
});

test("many small programs are answered each by itself, whatever became of the others", {
  skip,
}, async () => {
  const sources = [".n + 1", ".items[]", "empty", '.n | if . % 7 == 0 then error("no") else . end'];
  const crowd = new WorkerPool({ script: THREAD });
  after(() => crowd.close());
  const dataOf = (n: number) => ({ n, items: [n, n] });
  // Known to be quick from here on.
  for (const source of [...sources, "1"]) {
    await crowd.evaluate(jq(source, { data: dataOf(1) }), patience);
    await crowd.evaluate(jq(source, { data: dataOf(1) }), patience);
  }
  const asked = Array.from({ length: 400 }, (_, n) => {
    const source = sources[n % 4]!;
    return crowd.evaluate(jq(source, { data: dataOf(n), mode: n % 8 < 4 ? "value" : "all" }));
  });
  const settled = await Promise.allSettled(asked);
  for (const [n, answer] of settled.entries()) {
    const alone = [n + 1, [n, n], null, n][n % 4]!;
    const all = [[n + 1], [n, n], [], [n]][n % 4]!;
    if (n % 4 === 3 && n % 7 === 0) {
      assert.equal(answer.status, "rejected");
      assert.match(String(answer.reason), /no in "/);
    } else {
      assert.equal(answer.status, "fulfilled", String(n));
      assert.deepEqual(answer.value, n % 8 < 4 ? alone : all, String(n));
    }
  }
});

test("one of many that runs away is ended alone, and the others are answered", {
  skip,
}, async () => {
  const crowd = new WorkerPool({ script: THREAD });
  after(() => crowd.close());
  const source = "if . == 57 then last(range(infinite)) else . end";
  for (let n = 0; n < 4; n++) await crowd.evaluate(jq(source, { data: 1 }), patience);
  const settled = await Promise.allSettled(
    Array.from(
      { length: 100 },
      (_, n) => crowd.evaluate(jq(source, { data: n }), { deadlineMs: n === 57 ? 500 : 60_000 }),
    ),
  );
  for (const [n, answer] of settled.entries()) {
    if (n === 57) {
      assert.equal((answer as PromiseRejectedResult).reason.code, "TIMEOUT_ERROR");
    } else assert.equal((answer as PromiseFulfilledResult<number>).value, n);
  }
});

test("who comes second finds a thread that was started before, also after another was ended", {
  skip,
}, async (t) => {
  let started = 0;
  const counting: ThreadScript = {
    get source() {
      started++;
      return `import(${JSON.stringify(THREAD.href)})`;
    },
  };
  const pool = new WorkerPool({ script: counting });
  t.after(() => pool.close());
  const greedy = { party: { agent: "greedy", run: "1" }, deadlineMs: 1_000 };
  const patient = { ...patience, party: { agent: "patient", run: "1" } };
  const runaways = [1, 2].map(() =>
    assert.rejects(pool.evaluate(jq("def f: f; f"), greedy), { code: "TIMEOUT_ERROR" })
  );
  // Nobody has asked for a third thread, nor later for one in place of that which was ended.
  while (started < 3) await setTimeout(1);
  assert.equal(await pool.evaluate(jq("1"), patient), 1);
  await Promise.all(runaways);
  while (started < 4) await setTimeout(1);
  assert.equal(await pool.evaluate(jq("1"), patient), 1);
});

test("a request that is given up is answered at once, and not begun if it waits", {
  skip,
}, async () => {
  const controller = new AbortController();
  // Whichever ends first, nobody may find it unheard.
  const busy = Promise.all(
    [1, 2].map(() =>
      assert.rejects(pool.evaluate(jq("def f: f; f"), { deadlineMs: 300 }), {
        code: "TIMEOUT_ERROR",
      })
    ),
  );
  const waiting = pool.evaluate(jq("1"), { signal: controller.signal });
  controller.abort();
  await assert.rejects(waiting, { code: "CANCELLED" });
  await assert.rejects(pool.evaluate(jq("1"), { signal: controller.signal }), {
    code: "CANCELLED",
  });
  await busy;
});

test("what is asked when it closes fails", async () => {
  const closing = new WorkerPool({ script: THREAD });
  const asked = [jq("1"), jq("2"), jq("3")].map((request) => closing.evaluate(request));
  const settled = Promise.allSettled(asked);
  await closing.close();
  for (const { status } of await settled) assert.equal(status, "rejected");
});

test("what forty wait with is written when it is their turn, and once", async () => {
  let reads = 0;
  const list = Array.from({ length: 20_000 }, () => "x");
  const seen = () => ({
    get list() {
      reads++;
      return list;
    },
  });
  const crowd = new WorkerPool({ script: THREAD });
  after(() => crowd.close());
  const asked = Array.from({ length: 40 }, () => crowd.evaluate(jq("1", { data: seen() })));
  // Two threads work for one agent: what the others see has not been looked at.
  assert.ok(reads <= 10, `${reads} reads`);
  const settled = await Promise.allSettled(asked);
  assert.ok(settled.every(({ status }) => status === "fulfilled"));
});

test("an answer that would take more of the heap than there is room is refused", async () => {
  const room = { bytes: 1_000_000, refusal: (bytes: number) => new Error(`no room for ${bytes}`) };
  const asked = pool.evaluate(jq("[range(100000) | {}]"), { ...patience, room });
  await assert.rejects(asked, /^Error: no room for \d{7}/);
  assert.deepEqual(await pool.evaluate(jq("[range(3)]"), { ...patience, room }), [0, 1, 2]);
});

test("a large answer comes whole", async () => {
  const answer = await pool.evaluate(jq("{a: [range(50000) | {b: [.]}], c: {d: 1}}"), patience);
  const a = Array.from({ length: 50_000 }, (_, i) => ({ b: [i] }));
  assert.deepEqual(answer, { a, c: { d: 1 } });
});

test("what is too much for a thread to see is refused with what to do", async () => {
  const text = "x".repeat(13 * 1024 * 1024);
  const asked = pool.evaluate(jq("1", { data: [text, text] }), patience);
  await assert.rejects(asked, {
    code: "EXECUTION_ERROR",
    message: /^what the expression sees has more than 24 MiB as JSON: let it see less/,
  });
  assert.equal(await pool.evaluate(jq("2"), patience), 2);
});
