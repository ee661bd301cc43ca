// What `opcode wait RUN` follows, what it waits through, and how it ends; whose run `last` is.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { CALLED } from "../support/cli.ts";
import { spawnWith, startRun } from "../support/cli-runs.ts";
import { type SpawnedDaemon, suiteCleanup } from "../support/daemon.ts";
import { type KeptCli, keptCli } from "../support/kept-cli.ts";

const options = [{ id: "yes" }, { id: "no" }];
const WORKFLOWS: Record<string, object[]> = {
  quick: [{ id: "a", action: "crypto.hash", params: { data: "x" } }],
  broken: [{ id: "a", action: "fs.read", params: { path: "/nowhere/at/all" } }],
  ask: [{ id: "gate", type: "reasoning", config: { options } }],
  falls: [{
    id: "gate",
    type: "reasoning",
    config: { options, timeout: "5s", fallback: "no" },
  }],
  parent: [{ id: "c", action: "workflow.run", params: { template_name: "falls" } }],
  mixed: [
    { id: "gate", type: "reasoning", config: { options, timeout: "1h", fallback: "no" } },
    { id: "open", type: "wait", config: { signal: "go" } },
  ],
  pause: [{ id: "w", type: "wait", config: { signal: "go" } }],
  asks: [{ id: "gate", type: "reasoning", config: { options, target_agent: "carol" } }],
  nap: [{ id: "w", type: "wait", config: { duration: "1h" } }],
};

describe("a run that there is", () => {
  let daemon: SpawnedDaemon;
  const cleanup = suiteCleanup();
  let kept: KeptCli;
  const cli = (...args: string[]) => kept(args);
  const started = (name: string, ...more: string[]) => startRun(cli, name, ...more);
  before(async () => {
    daemon = await spawnWith(cleanup, WORKFLOWS);
    kept = keptCli(cleanup, { env: { OPCODE_HOME: daemon.home } });
  });

  test("that has ended is told as run tells it, with its exit code", async () => {
    for (const [name, code] of [["quick", 0], ["broken", 1]] as const) {
      const first = await cli("run", name);
      const id = /^started: run (\S+)/.exec(first.stderr)![1]!;
      const again = await cli("wait", id);
      assert.deepEqual([again.code, again.stdout], [code, first.stdout]);
      assert.match(again.stderr, new RegExp(`^(completed|failed): run ${id}$`, "m"));
      const json = await cli("wait", id, "--json");
      assert.deepEqual([json.code, JSON.parse(json.stdout).workflow_id], [code, id]);
    }
  });

  for (const name of ["falls", "parent"]) {
    test(`that asks with a deadline is followed to its fallback: ${name}`, async () => {
      const id = await started(name);
      const { code, stderr } = await cli("wait", id);
      assert.equal(code, 0, stderr);
      assert.match(
        stderr,
        /until .*, then: no$[^]*^it goes on by itself then, and is waited for$/m,
      );
      assert.match(stderr, new RegExp(`\ncompleted: run ${id}\n$`));
    });
  }

  for (const name of ["ask", "mixed", "pause"]) {
    test(`that needs somebody ends it at once: ${name}`, async () => {
      const id = await started(name);
      const { code, stderr } = await cli("wait", id);
      assert.equal(code, 3, stderr);
      assert.match(stderr, /waits for/);
      assert.ok(
        stderr.endsWith(`this follows it to its end:\n  ${CALLED} wait ${id.slice(0, 18)}\n`),
        stderr,
      );
    });
  }

  test("goes on when the time of --timeout is over", async () => {
    const id = await started("nap");
    const { code, stderr } = await cli("wait", id, "--timeout", "50ms");
    assert.equal(code, 124, stderr);
    assert.match(stderr, /waits at w until/);
    assert.match(stderr, /^the time of --timeout is over\nrun \S+ goes on; this follows it/m);
    const json = await cli("wait", id, "--timeout", "50ms", "--json");
    assert.deepEqual([json.code, JSON.parse(json.stdout).status], [124, "suspended"]);
    for (const wrong of ["30", "-1s", "600h"]) {
      const { code, stderr } = await cli("wait", id, "--timeout", wrong);
      assert.deepEqual([code, /^error: --timeout: must/.test(stderr)], [2, true], stderr);
    }
  });

  test("is the caller's own, where last is told to change", async () => {
    const mine = await started("pause");
    const other = await started("pause", "--agent", "bob");
    assert.match((await cli("status", "last")).stdout, new RegExp(`^run +${other}$`, "m"));
    const { code, stderr } = await cli("signal", "last", "cancel");
    assert.equal(code, 0, stderr);
    assert.ok(stderr.startsWith(`last: run ${mine} of pause, started by cli\n`), stderr);
    assert.match((await cli("status", other)).stdout, /^status +suspended$/m);
    const none = await cli("signal", "last", "cancel", "--agent", "carol");
    assert.equal(none.code, 2);
    assert.match(none.stderr, /^error: carol has no run yet, and another's is named by its id:\n/);
    assert.doesNotMatch(none.stderr, /it asks/);
    const asking = await started("asks");
    const answer = ["decision", "--choice", "yes", "--agent", "carol"];
    const asked = await cli("signal", "last", ...answer);
    const [, command] = /^ +(.*?) +# it asks carol$/m.exec(asked.stderr)!;
    assert.equal(command, `${CALLED} signal ${asking} decision`);
    assert.equal((await cli("signal", asking, ...answer)).code, 0);
  });
});

test("the help of a command has the flags of all commands that it takes, and no other", async (t) => {
  const cli = keptCli(t, { env: {} });
  const flags = async (command: string) => {
    const { stdout } = await cli([command, "--help"]);
    return [...stdout.matchAll(/^ +--(json|url|agent) /gm)].map(([, name]) => name);
  };
  assert.deepEqual(await flags("run"), ["json", "url", "agent"]);
  assert.deepEqual(await flags("ps"), ["json", "url"]);
  assert.deepEqual(await flags("settings"), ["json"]);
});
