// Whether somebody who looks at a run finds the question that its child asks.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { spawnDaemon } from "../support/daemon.ts";
import { CALLED, typed } from "../support/cli.ts";
import { keptCli } from "../support/kept-cli.ts";

test("a child's question stands at its parent, with the command that answers it", async (t) => {
  const daemon = await spawnDaemon(t);
  const cli = keptCli(t, { env: { OPCODE_HOME: daemon.home } });
  const define = async (name: string, step: object) => {
    const path = join(daemon.home, `${name}.json`);
    writeFileSync(path, JSON.stringify({ name, definition: { steps: [step] } }));
    assert.equal((await cli(["define", path])).code, 0);
  };
  await define("kid", {
    id: "gate",
    type: "reasoning",
    config: { prompt_context: "Ship it?", options: [{ id: "yes" }] },
  });
  const calling = (template_name: string) => ({
    id: "call",
    action: "workflow.run",
    params: { template_name },
  });
  await define("parent", calling("kid"));
  await define("grandparent", calling("parent"));

  const run = await cli(["run", "grandparent"]);
  assert.equal(run.code, 3, run.stderr);
  const shown = (await cli(["status", "last"])).stdout;
  for (const text of [run.stderr, shown]) {
    assert.match(text, /^ *waits for a decision at gate: Ship it\?$/m);
    assert.match(
      text,
      new RegExp(`^ +${CALLED} signal \\S+ decision --step gate --choice yes$`, "m"),
    );
  }
  const refused = await cli(["signal", "last", "decision", "--choice", "yes"]);
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /no decision is open; step "call" waits for a run, which may ask: /);
  const [, child] = new RegExp(`${CALLED} signal ([0-9a-f-]{36}) decision`).exec(refused.stderr)!;
  assert.match((await cli(["status", child!])).stdout, /^template +parent v1$/m);

  const [answer] = shown.split("\n").filter((line) => line.includes("--choice yes"));
  const answered = await cli(typed(answer!));
  assert.equal(answered.code, 0, answered.stderr);
});
