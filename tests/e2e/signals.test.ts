// How a daemon takes signals that a whole process group gets, with and without a launcher before it.

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { afterwards, cleanEnv, type Cleanup, tempHome } from "../support/daemon.ts";
import { atTerminal, noTerminal } from "../support/terminal.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const MAIN = join(ROOT, "bin/opcode.mjs");
const SERVE = ["serve", "--listen-addr", "127.0.0.1:0"];

/** Some Node older than the pinned one, as launchers are started with; none: the pinned one. */
const LAUNCHED = [process.env.npm_node_execpath ?? process.execPath, "scripts/run.mjs", MAIN];

/** Starts a process group whose leader is the command; resolves once the daemon in it listens. */
async function group(t: Cleanup, command: string[]) {
  const [program, ...args] = command;
  const child = spawn(program!, args, {
    cwd: ROOT,
    env: cleanEnv({ OPCODE_HOME: tempHome(t) }),
    detached: true,
    stdio: ["ignore", "ignore", "pipe"],
  });
  afterwards(t, () => kill(-child.pid!, "SIGKILL"));
  const said = { log: "" };
  child.stderr.setEncoding("utf8").on("data", (text) => said.log += text);
  while (!said.log.includes('"msg":"listening"')) {
    if (child.exitCode !== null) throw new Error(said.log);
    await once(child.stderr, "data");
  }
  return { child, said };
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has gone.
  }
}

async function endOf(child: ChildProcess, said: { log: string }): Promise<number | null> {
  await once(child, "close");
  assert.match(said.log, /"msg":"stopped"/);
  assert.doesNotMatch(said.log, /forced/);
  return child.exitCode;
}

describe("a signal to the whole group is one graceful stop", () => {
  const commands: Record<string, string[]> = {
    "of the daemon alone": [process.execPath, MAIN, ...SERVE],
    "of a launcher and its daemon": [...LAUNCHED, ...SERVE],
  };
  for (const [name, command] of Object.entries(commands)) {
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      test(`${name}, ${signal}`, async (t) => {
        const { child, said } = await group(t, command);
        kill(-child.pid!, signal);
        assert.equal(await endOf(child, said), 0);
      });
    }
  }

  test("sent by timeout, which tells its child and then its group", async (t) => {
    // The time is over when timeout itself is told to end.
    const { child, said } = await group(t, ["timeout", "600", process.execPath, MAIN, ...SERVE]);
    kill(child.pid!, "SIGTERM");
    await once(child, "close");
    assert.match(said.log, /"msg":"stopped"/);
    assert.doesNotMatch(said.log, /forced/);
  });

  test("sent twice by a supervisor that tells launcher and child one after the other", async (t) => {
    const { child, said } = await group(t, [...LAUNCHED, ...SERVE]);
    const pid = Number(/"pid":(\d+)/.exec(said.log)![1]);
    kill(child.pid!, "SIGTERM");
    kill(pid, "SIGTERM");
    assert.equal(await endOf(child, said), 0);
  });
});

test("SIGHUP without a terminal reads the settings again, through a launcher too", async (t) => {
  const { child, said } = await group(t, [...LAUNCHED, ...SERVE]);
  kill(-child.pid!, "SIGHUP");
  while (!said.log.includes("settings reloaded")) await once(child.stderr!, "data");
  kill(-child.pid!, "SIGTERM");
  assert.equal(await endOf(child, said), 0);
});

test("a terminal that is closed stops the daemon that was started at it", {
  skip: noTerminal,
}, async (t) => {
  const home = tempHome(t);
  const terminal = atTerminal(t, SERVE, { OPCODE_HOME: home });
  await terminal.sees("listening");
  const pid = Number(/pid[=:" ]+(\d+)/.exec(terminal.shown)![1]);
  terminal.hangUp();
  await gone(pid);
  // What a graceful stop takes away.
  assert.equal(existsSync(join(home, "opcode.pid")), false);
});

/** Resolves once the process is no more. */
async function gone(pid: number): Promise<void> {
  while (true) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
