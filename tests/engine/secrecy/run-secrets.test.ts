// Whether secrets of a run stay out of everything that is stored or told, and yet reach its steps.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "../../../core/json.ts";
import {
  ask,
  condition,
  echo,
  external,
  failing,
  loop,
  parallel,
  wait,
} from "../../support/steps.ts";
import { openTestEngine, settle, type TestEngine } from "../../support/test-engine.ts";
import { TestVault } from "../../support/test-vault.ts";

const SECRET = "s3cr3t/ü+värlue";
const TOKEN = "${{secrets.TOKEN}}";

async function open(secrets: Record<string, string> = { TOKEN: SECRET }) {
  const vault = new TestVault(secrets);
  const told: string[] = [];
  const log = (...args: unknown[]) => void told.push(JSON.stringify(args));
  const engine = await openTestEngine({
    secrets: vault,
    log: { debug: log, info: log, warn: log, error: log },
    notify: (...args) => {
      told.push(JSON.stringify(args));
      return Promise.resolve({ notified: true });
    },
  });
  engine.opcode.subscribe((events) => void told.push(JSON.stringify(events)));
  return { engine, vault, told };
}

/** All that the store holds, and every answer about it. */
async function everything({ store, opcode }: TestEngine, told: string[] = []): Promise<string> {
  const runs = await store.listRuns({ limit: 1_000 });
  const parts: unknown[] = [...told];
  for (const { run } of runs.rows) {
    const record = (await store.readRun(run.id, { events: 100_000, seals: true }))!;
    // As bytes: a sealed value must not be readable.
    const seals = record.seals.map((
      { slot, blob },
    ) => [slot, Buffer.from(blob).toString("latin1")]);
    parts.push({ ...record, seals }, await opcode.status(run.id));
    parts.push(await opcode.diagram({ workflow_id: run.id }));
    for (const resource of ["events", "decisions"] as const) {
      parts.push(await opcode.query({ resource, filter: { workflow_id: run.id } }));
    }
  }
  parts.push(await opcode.query({ resource: "workflows" }));
  return parts.map((part) => JSON.stringify(part)).join("\n");
}

function assertHidden(text: string): void {
  const bytes = Buffer.from(SECRET);
  const forms = [
    SECRET,
    JSON.stringify(SECRET).slice(1, -1),
    encodeURIComponent(SECRET),
    bytes.toString("hex"),
    ...["base64", "base64url"].flatMap((encoding) =>
      [0, 1, 2].map((before) =>
        Buffer.concat([Buffer.alloc(before), bytes]).toString(encoding as "base64").slice(4, -4)
      )
    ),
  ];
  for (const form of forms) {
    const at = text.indexOf(form);
    assert.equal(at, -1, `${form}: ${text.slice(Math.max(0, at - 80), at + 80)}`);
  }
}

const encoded = Buffer.from(`user:${SECRET}`).toString("base64");

const leaks: [where: string, steps: JsonObject[]][] = [
  ["an output", [echo("a", { at: `x ${TOKEN} y` })]],
  ["a key of an output", [echo("a", { "${{secrets.TOKEN}}": 1 })]],
  ["an output that is encoded", [
    echo("a", { s: TOKEN }),
    { id: "b", action: "crypto.uuid", depends_on: ["a"] },
  ]],
  ["an error", [failing("a", { message: `no ${TOKEN}` })]],
  ["an assertion's details", [
    { id: "a", action: "assert.equals", params: { actual: TOKEN, expected: "no" } },
  ]],
  ["an error that is retried and handled", [
    failing("a", { message: TOKEN }, {
      retry: { max: 1, backoff: "none" },
      on_error: { strategy: "fallback_step", fallback_step: "b" },
    }),
    echo("b", { why: "${{steps.a.error.message}}" }),
  ]],
  ["a decision's context", [
    echo("a", { s: TOKEN }),
    ask("q", {
      prompt_context: "is ${{steps.a.output.s}} well?",
      data_inject: { s: "steps.a.output.s" },
    }, {
      depends_on: ["a"],
    }),
  ]],
  ["the run's context", [
    { id: "a", action: "workflow.context", params: { action: "update", data: { s: TOKEN } } },
  ]],
  ["the log", [{ id: "a", action: "workflow.log", params: { message: `got ${TOKEN}` } }]],
  ["an event", [
    { id: "a", action: "workflow.emit", params: { event_type: "e", payload: { s: TOKEN } } },
  ]],
  ["a notification", [
    { id: "a", action: "workflow.notify", params: { message: TOKEN, data: { s: TOKEN } } },
  ]],
  ["a list to loop over", [
    echo("a", { list: [TOKEN, "other"] }),
    loop("l", { over: "${{steps.a.output.list}}" }, [echo("b", { s: "${{loop.item}}" })], {
      depends_on: ["a"],
    }),
  ]],
  ["a condition's key", [
    echo("a", { s: TOKEN }),
    condition("c", "steps.a.output.s", { branches: {}, default: [echo("b")] }, {
      depends_on: ["a"],
    }),
  ]],
  ["parallel branches", [parallel("p", [[echo("a", { s: TOKEN })], [echo("b", { s: TOKEN })]])]],
  ["a signal's name", [
    echo("a", { s: TOKEN }),
    wait("w", { signal: "go ${{steps.a.output.s}}" }, { depends_on: ["a"] }),
  ]],
];

for (const [where, steps] of leaks) {
  test(`a secret is masked in ${where}`, async () => {
    const { engine, told } = await open();
    const reply = await engine.run(steps);
    await settle();
    const all = await everything(engine, [...told, JSON.stringify(reply)]);
    assert.match(all, /\*\*\*/);
    assertHidden(all);
  });
}

test("what is masked in a step's output is masked in base64 too", async () => {
  const { engine } = await open();
  const reply = engine.run([
    external("a", { params: { header: TOKEN } }),
    external("b", { depends_on: ["a"], params: { s: "${{steps.a.output.seen}}" } }),
  ]);
  (await engine.called("a")).resolve({ seen: `Basic ${encoded}` });
  const call = await engine.called("b");
  assert.equal(call.params.s, `Basic ${encoded}`);
  call.resolve(null);
  assertHidden(await everything(engine, [JSON.stringify(await reply)]));
});

test("after a restart a step reads the real value of before, and still nothing shows it", async () => {
  const { engine, vault } = await open();
  const { workflow_id } = await engine.run([
    echo("a", { s: TOKEN }),
    ask("q", {}, { depends_on: ["a"] }),
    external("c", { depends_on: ["q"], params: { s: "${{steps.a.output.s}}" } }),
  ]);
  assertHidden(await everything(engine));
  // The secret is another one meanwhile: what was kept is what was read then.
  vault.secrets.set("TOKEN", "rotated-away");
  const next = await engine.crash();
  const done = next.opcode.signal({
    workflow_id,
    agent_id: "ann",
    signal_type: "decision",
    step_id: "q",
    payload: { choice: "yes" },
  });
  const call = await next.called("c");
  assert.equal(call.params.s, SECRET);
  call.resolve({ echoed: SECRET });
  assert.equal((await done).status, "completed");
  assertHidden(await everything(next));
});

test("with the vault locked the step that needs a sealed value fails, and a retry after unlock works", async () => {
  const { engine, vault } = await open();
  const { workflow_id } = await engine.run([
    echo("a", { s: TOKEN }),
    echo("plain", { s: "plain" }),
    ask("q", {}, { depends_on: ["a", "plain"] }),
    external("d", { depends_on: ["q"], params: { s: "${{steps.plain.output.s}}" } }),
    external("c", {
      depends_on: ["d"],
      params: { s: "${{steps.a.output.s}}" },
      retry: { max: 3, backoff: "none" },
    }),
  ]);
  vault.isLocked = true;
  const next = await engine.crash();
  const answered = next.opcode.signal({
    workflow_id,
    agent_id: "ann",
    signal_type: "decision",
    step_id: "q",
    payload: { choice: "yes" },
  });
  (await next.called("d")).resolve(null);
  await answered;
  const { steps } = await next.opcode.status(workflow_id);
  assert.equal(steps.c!.status, "failed");
  assert.equal(steps.c!.error!.code, "VAULT_ERROR");
  assert.deepEqual(next.calls, ["d:1"]);
  vault.isLocked = false;
  const retried = next.opcode.signal({ workflow_id, signal_type: "retry", step_id: "c" });
  const call = await next.called("c");
  assert.equal(call.params.s, SECRET);
  call.resolve(null);
  assert.equal((await retried).status, "completed");
  assertHidden(await everything(next));
});

test("a loop's list that holds secrets is gone through as it was, after a restart too", async () => {
  const { engine } = await open();
  const body = [ask("q"), external("b", { params: { s: "${{loop.item}}" } })];
  const { workflow_id } = await engine.run([
    echo("a", { list: [TOKEN, "x"] }),
    loop("l", { over: "${{steps.a.output.list}}" }, body, { depends_on: ["a"] }),
  ]);
  assertHidden(await everything(engine));
  const next = await engine.crash();
  const answer = (step_id: string) =>
    next.opcode.signal({
      workflow_id,
      agent_id: "ann",
      signal_type: "decision",
      step_id,
      payload: { choice: "yes" },
    });
  const first = answer("l.iter_0.q");
  const call = await next.called("l.iter_0.b");
  assert.equal(call.params.s, SECRET);
  call.resolve(call.params.s!);
  await first;
  const second = answer("l.iter_1.q");
  (await next.called("l.iter_1.b")).resolve(null);
  assert.equal((await second).status, "completed");
  assertHidden(await everything(next));
});

test("a child gets the real value, also after a restart, and gives it back", async () => {
  const { engine } = await open();
  await engine.define("child", [
    ask("q"),
    external("b", { depends_on: ["q"], params: { s: "${{inputs.s}}" } }),
  ]);
  const { workflow_id } = await engine.run([
    {
      id: "r",
      action: "workflow.run",
      params: { template_name: "child", params: { s: TOKEN } },
    },
    external("after", { depends_on: ["r"], params: { s: "${{steps.r.output.echoed}}" } }),
  ]);
  assertHidden(await everything(engine));
  const next = await engine.crash();
  const { child_workflow_id } = (await next.opcode.status(workflow_id)).steps.r!;
  await next.opcode.signal({
    workflow_id: child_workflow_id!,
    agent_id: "ann",
    signal_type: "decision",
    step_id: "q",
    payload: { choice: "yes" },
    wait_ms: 0,
  });
  const call = await next.called("b");
  assert.equal(call.params.s, SECRET);
  call.resolve({ echoed: call.params.s! });
  const after = await next.called("after");
  assert.equal(after.params.s, SECRET);
  after.resolve(null);
  await settle();
  assert.equal((await next.opcode.status(workflow_id)).status, "completed");
  assertHidden(await everything(next));
});

test("context data that holds secrets is read as it was after a restart", async () => {
  const { engine } = await open();
  const { workflow_id } = await engine.run([
    { id: "a", action: "workflow.context", params: { action: "update", data: { s: TOKEN } } },
    ask("q", {}, { depends_on: ["a"] }),
    external("b", { depends_on: ["q"], params: { s: "${{context.s}}", n: "${{context.n}}" } }),
  ]);
  const next = await engine.crash();
  await next.opcode.signal({ workflow_id, signal_type: "data", payload: { n: 1 } });
  const again = await next.crash();
  const done = again.opcode.signal({
    workflow_id,
    agent_id: "ann",
    signal_type: "decision",
    step_id: "q",
    payload: { choice: "yes" },
  });
  const call = await again.called("b");
  assert.deepEqual(call.params, { s: SECRET, n: 1 });
  call.resolve(null);
  await done;
  assertHidden(await everything(again));
});

test("a fork takes the real values along, and is refused while the vault is locked", async () => {
  const { engine, vault } = await open();
  const run = engine.run([
    echo("a", { s: TOKEN }),
    external("b", { depends_on: ["a"], params: { s: "${{steps.a.output.s}}" } }),
  ]);
  (await engine.called("b")).resolve(null);
  const { workflow_id } = await run;
  const next = await engine.crash();
  vault.isLocked = true;
  const fork = () =>
    next.opcode.run({ from_run: workflow_id, from_step: "b", agent_id: "test", wait_ms: 0 });
  await assert.rejects(fork, { code: "VAULT_ERROR" });
  vault.isLocked = false;
  const forked = await fork();
  const call = await next.called("b");
  assert.equal(call.params.s, SECRET);
  const last = await next.crash();
  await last.opcode.signal({ workflow_id: forked.workflow_id, signal_type: "data", wait_ms: 0 });
  const again = await last.called("b");
  assert.equal(again.params.s, SECRET);
  again.resolve(null);
  await settle();
  assertHidden(await everything(last));
});

test("a secret in a definition's inputs is resolved when it is used, and stored nowhere", async () => {
  const { engine } = await open();
  const definition = { inputs: { key: TOKEN } };
  const run = engine.run([external("a", { params: { s: "${{inputs.key}}" } })], { definition });
  const call = await engine.called("a");
  assert.equal(call.params.s, SECRET);
  call.resolve({ back: SECRET });
  assertHidden(await everything(engine, [JSON.stringify(await run)]));
});
