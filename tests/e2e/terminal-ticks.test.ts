// Whether a terminal shows that a long step still runs, and a pipe does not.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { runCli } from "../support/cli.ts";
import { type Cleanup, spawnDaemon } from "../support/daemon.ts";
import { defineTemplate } from "../support/http.ts";
import { atTerminal, noTerminal, screenOf } from "../support/terminal.ts";

/** A program that runs until the file is there. */
const until = (file: string) => ({
  id: "long",
  action: "shell.exec",
  params: { command: "sh", args: ["-c", `while [ ! -e '${file}' ]; do sleep 0.05; done`] },
});

describe("a long step", { skip: noTerminal }, () => {
  async function held(t: Cleanup) {
    const daemon = await spawnDaemon(t);
    const file = join(daemon.home, "go");
    await defineTemplate(daemon.url, "w", [until(file)]);
    return {
      url: daemon.url,
      env: { OPCODE_HOME: daemon.home },
      letGo: () => writeFileSync(file, ""),
    };
  }

  test("ticks in run, and the line is gone in the end", async (t) => {
    const { env, letGo } = await held(t);
    const terminal = atTerminal(t, ["run", "w"], env);
    await terminal.sees("long goes on since ");
    await terminal.sees("\r\x1b[K  long goes on since ");
    letGo();
    await terminal.sees("completed: run");
    assert.equal(await terminal.ends(), 0);
    const screen = screenOf(terminal.shown);
    assert.match(screen[1]!, /^✓ long \d+ ms$/, screen.join("\n"));
    assert.ok(!screen.join("\n").includes("goes on since"));
  });

  test("ticks in signal, for what the answer lets go on", async (t) => {
    const { url, env, letGo } = await held(t);
    await defineTemplate(url, "asks", [
      { id: "ask", type: "reasoning", config: { prompt_context: "?", options: [{ id: "yes" }] } },
      { ...until(join(env.OPCODE_HOME, "go")), depends_on: ["ask"] },
    ]);
    assert.equal((await runCli(["run", "asks"], { env })).code, 3);
    const args = ["signal", "last", "decision", "--step", "ask", "--choice", "yes"];
    const terminal = atTerminal(t, args, env);
    await terminal.sees("long goes on since ");
    letGo();
    assert.equal(await terminal.ends(), 0, terminal.shown);
    assert.ok(!screenOf(terminal.shown).join("\n").includes("goes on since"));
  });

  test("leaves no line behind when Ctrl-C leaves the run", async (t) => {
    const { env, letGo } = await held(t);
    const terminal = atTerminal(t, ["run", "w"], env);
    await terminal.sees("long goes on since ");
    terminal.type("\x03");
    await terminal.sees("goes on; this follows it");
    assert.equal(await terminal.ends(), 130);
    assert.ok(!screenOf(terminal.shown).join("\n").includes("goes on since"), terminal.shown);
    letGo();
  });

  test("is silent in a pipe", async (t) => {
    const { env, letGo } = await held(t);
    const piped = runCli(["run", "w"], { env });
    const terminal = atTerminal(t, ["run", "w"], env);
    // By then a second terminal has ticked.
    await terminal.sees("long goes on since ");
    letGo();
    const { stderr } = await piped;
    assert.match(stderr, /^started: run \S+\ncompleted long \d+ ms\ncompleted: run \S+\n$/);
  });
});
