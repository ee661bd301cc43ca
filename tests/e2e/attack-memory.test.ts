// Whether a daemon with a heap of 256 MiB lives through runs that take all memory they can get.
//
// Each attack either ends with a code that says why or comes to its end; meanwhile another agent's
// runs go on, and the daemon is the same process afterwards.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test, type TestContext } from "node:test";
import type { JsonObject } from "../../core/json.ts";
import { spawnDaemon, type SpawnedDaemon, suiteCleanup } from "../support/daemon.ts";
import { startHealthProbe } from "../support/health-probe.ts";
import { defineTemplate, rest } from "../support/http.ts";
import { long } from "../support/trials.ts";
import { loop } from "../support/steps.ts";

const MIB = 1024 * 1024;

const longTest = long((name, body: (t: TestContext) => Promise<void>) => test(name, body));

describe("with a heap of 256 MiB the daemon lives through", () => {
  const cleanup = suiteCleanup();
  let daemon: SpawnedDaemon;
  let text: string;
  let empties: string;
  before(async () => {
    daemon = await spawnDaemon(cleanup, { heapMiB: 256 });
    text = join(daemon.home, "text");
    empties = join(daemon.home, "empties.json");
    writeFileSync(text, "x".repeat(MIB));
    writeFileSync(empties, `[${"{},".repeat((5 * MIB) / 3)}{}]`);
  });

  const run = async (name: string, agent: string, params: JsonObject = {}) => {
    const request = { template_name: name, agent_id: agent, wait_ms: 120_000, params };
    return (await rest(daemon.url, "POST", "/api/v1/runs", request)).body;
  };

  /** Runs the attack, and small runs of another agent beside it. */
  async function attack(
    t: TestContext,
    name: string,
    steps: unknown[],
    params: JsonObject = {},
  ): Promise<any> {
    await defineTemplate(daemon.url, name, steps);
    await defineTemplate(daemon.url, "small", [
      { id: "a", action: "crypto.uuid" },
      { id: "b", action: "fs.stat", params: { path: text }, depends_on: ["a"] },
    ]);
    const probe = startHealthProbe(daemon.url);
    let over = false;
    const ended = run(name, "attacker", params).finally(() => over = true);
    const times: number[] = [];
    while (!over) {
      const began = performance.now();
      const { status } = await run("small", "neighbour");
      assert.equal(status, "completed");
      times.push(performance.now() - began);
    }
    const reply = await ended;
    const { failed, p99, max } = await probe.stop();
    times.sort((a, b) => a - b);
    t.diagnostic(
      `${reply.status} ${reply.error?.code ?? ""} ${reply.error?.details?.budget ?? ""}; ` +
        `${times.length} runs of a neighbour, p95 ${
          times[Math.floor(times.length * 0.95)]?.toFixed(0)
        } ms; ` + `/healthz p99 ${p99.toFixed(0)}, max ${max.toFixed(0)} ms`,
    );
    assert.equal(failed, 0, "answers on /healthz other than 200");
    assert.equal(daemon.child.exitCode, null, daemon.log());
    assert.equal((await run("small", "neighbour")).status, "completed");
    return reply;
  }

  test("a loop over fs.read of 1 MiB", async (t) => {
    const read = { id: "read", action: "fs.read", params: { path: text } };
    const over = Array.from({ length: 10_000 }, (_, i) => i);
    const { status, error } = await attack(t, "reads", [loop("l", { over }, [read])]);
    assert.equal(status, "failed");
    assert.match(error.message, /max_step_output|memory\.per_run/);
  });

  test("60 programs that print 5 MB of empty objects", async (t) => {
    const cat = (n: number): JsonObject => ({
      id: `cat${n}`,
      action: "shell.exec",
      params: { command: "cat", args: [empties] },
    });
    const { error } = await attack(t, "cats", Array.from({ length: 60 }, (_, n) => cat(n)));
    assert.deepEqual([error.code, error.details.budget], ["BUDGET_EXCEEDED", "run"]);
  });

  test("sixteen loops in each other", async (t) => {
    const over = Array.from({ length: 16 }, (_, i) => i);
    let body: JsonObject[] = [{ id: "x", action: "crypto.uuid" }];
    for (let depth = 0; depth < 14; depth++) body = [loop(`l${depth}`, { over }, body)];
    const { error } = await attack(t, "nest", body);
    assert.deepEqual([error.code, error.details.budget], ["BUDGET_EXCEEDED", "run"]);
  });

  /** A step that makes a text of so many MiB, and programs that are fed it, each with its own. */
  const fed = (mib: number, programs: number): JsonObject[] => [
    {
      id: "text",
      action: "shell.exec",
      params: { command: `head -c ${mib * MIB} /dev/zero | tr '\\0' x`, shell: true },
    },
    ...Array.from({ length: programs }, (_, n) => ({
      id: `cat${n}`,
      action: "shell.exec",
      params: { command: "wc", args: ["-c"], stdin: `${n}\${{steps.text.output.stdout_raw}}` },
      depends_on: ["text"],
    })),
  ];

  test("200 programs of one run that are fed 8 MiB each", async (t) => {
    const { error } = await attack(t, "fed", fed(8, 200));
    assert.equal(error?.code, "BUDGET_EXCEEDED");
  });

  longTest("40 runs at once with programs that are fed 2 MiB each", async (t) => {
    await defineTemplate(daemon.url, "each", fed(2, 3));
    const replies = await Promise.all(Array.from({ length: 40 }, () => run("each", "attacker")));
    const ends = Object.groupBy(replies, ({ status, error }) => error?.code ?? status);
    t.diagnostic(Object.entries(ends).map(([end, of]) => `${of!.length} ${end}`).join(", "));
    assert.deepEqual(
      Object.keys(ends).filter((end) => !["completed", "BUDGET_EXCEEDED", "BUSY"].includes(end)),
      [],
    );
    assert.equal(daemon.child.exitCode, null, daemon.log());
    // What they held is free again.
    assert.equal((await run("each", "attacker")).status, "completed");
  });

  longTest("300 guards that look through the same list of 240,000 texts", async (t) => {
    const list = Array.from({ length: 240_000 }, () => "x");
    const guards = Array.from({ length: 300 }, (_, n) => ({
      id: `a${n}`,
      action: "crypto.uuid",
      condition: "'y' in inputs.list",
    }));
    const { status } = await attack(t, "guards", guards, { list });
    assert.equal(status, "completed");
  });

  test("programs that answer with hundreds of thousands of empty objects", async (t) => {
    const { error } = await attack(
      t,
      "answers",
      Array.from({ length: 4 }, (_, n) => ({
        id: `jq${n}`,
        action: "jq.transform",
        params: { filter: `[range(${400_000 + n})|{}]` },
      })),
    );
    // On a slow machine jq's two seconds are over before its answer is there.
    const cause = error?.details?.cause?.code;
    assert.ok(
      error?.code === "BUDGET_EXCEEDED" || cause === "TIMEOUT_ERROR",
      JSON.stringify(error),
    );
  });

  test("45 runs with params of almost 4 MB that come at once and wait", async (t) => {
    await defineTemplate(daemon.url, "waits", [
      { id: "w", type: "wait", config: { signal: "go" } },
    ]);
    const start = (wait_ms: number) =>
      rest(daemon.url, "POST", "/api/v1/runs", {
        template_name: "waits",
        agent_id: "attacker",
        params: { text: "x".repeat(3_900_000) },
        wait_ms,
      });
    const replies = await Promise.all(Array.from({ length: 45 }, () => start(30_000)));
    const ends = Object.groupBy(replies, ({ body }) => body.error?.code ?? body.status);
    t.diagnostic(Object.entries(ends).map(([end, of]) => `${of!.length} ${end}`).join(", "));
    assert.deepEqual(
      Object.keys(ends).filter((end) => !["suspended", "BUDGET_EXCEEDED", "BUSY"].includes(end)),
      [],
    );
    assert.equal(daemon.child.exitCode, null, daemon.log());
    // Those that rest hold nothing: there is room for one after the other.
    for (let i = 0; i < 30; i++) assert.equal((await start(30_000)).body.status, "suspended");
  });

  longTest("reads of 1 MiB side by side, and one after the other", async (t) => {
    const read = (n: number): JsonObject => ({
      id: `r${n}`,
      action: "fs.read",
      params: { path: text },
      ...(n % 2 === 1 && { depends_on: [`r${n - 1}`] }),
    });
    const last = {
      id: "last",
      action: "crypto.uuid",
      depends_on: Array.from({ length: 200 }, (_, n) => `r${n}`),
    };
    const steps = [...Array.from({ length: 200 }, (_, n) => read(n)), last];
    const { status, error } = await attack(t, "many", steps);
    // Where a disk is slow more of them wait to be stored at once than the agent may hold.
    const end = error?.code ?? status;
    assert.ok(["completed", "BUDGET_EXCEEDED"].includes(end), JSON.stringify(error));
  });

  longTest("60 forks at once of a run that has come to 10 MiB", async (t) => {
    const reads = Array.from({ length: 10 }, (_, n) => ({
      id: `r${n}`,
      action: "fs.read",
      params: { path: text },
    }));
    const depends_on = reads.map(({ id }) => id);
    await defineTemplate(daemon.url, "forked", [
      ...reads,
      { id: "last", action: "crypto.uuid", depends_on },
      { id: "w", type: "wait", depends_on: ["last"], config: { signal: "go" } },
    ]);
    const { workflow_id } = await run("forked", "attacker");
    const request = { from_run: workflow_id, from_step: "last", agent_id: "attacker" };
    const replies = await Promise.all(
      Array.from(
        { length: 60 },
        () => rest(daemon.url, "POST", "/api/v1/runs", { ...request, wait_ms: 60_000 }),
      ),
    );
    const ends = Object.groupBy(replies, ({ body }) => body.error?.code ?? body.status);
    t.diagnostic(Object.entries(ends).map(([end, of]) => `${of!.length} ${end}`).join(", "));
    assert.deepEqual(Object.keys(ends), ["suspended"], JSON.stringify(replies[0]!.body));
    assert.equal(daemon.child.exitCode, null, daemon.log());
  });
});
