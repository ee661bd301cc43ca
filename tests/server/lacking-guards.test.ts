// Whether a limit that the settings ask for and nothing holds is told of, and no other.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createLogger } from "../../core/log.ts";
import { tellOfLackingGuards } from "../../server/lacking-guards.ts";
import { loadSettings } from "../../server/settings/load.ts";
import { givenProbes } from "../support/isolation.ts";
import { scratch } from "../support/scratch.ts";

const there = { available: true, by: "a test" };

async function told(home: string, settings: object): Promise<unknown[]> {
  const lines: string[] = [];
  const log = createLogger({ level: "debug", write: (line) => void lines.push(line) });
  const loaded = loadSettings({ env: { OPCODE_HOME: home }, text: JSON.stringify(settings) });
  await tellOfLackingGuards(loaded, log, givenProbes({ tree: there, cpu: there }));
  return lines.map((line) => {
    const { level, msg, because } = JSON.parse(line);
    return [level, msg, because];
  });
}

test("each limit that is asked for and lacks is one warning, with what becomes of programs", async (t) => {
  const shell = { max_pids: 50, max_cpu: 50, max_memory: 1e9 };
  assert.deepEqual(await told(scratch(t), { shell }), [
    [
      "warn",
      "shell.max_memory is not held on this machine: it is held for each process alone, where that can be",
      "no memory",
    ],
    [
      "warn",
      "shell.max_pids is not held on this machine: programs run without it; isolation: required would refuse them",
      "no pids",
    ],
  ]);
});

test("with isolation: required nothing is started, which is said", async (t) => {
  const settings = { isolation: "required", shell: { max_pids: 50 } };
  assert.deepEqual(await told(scratch(t), settings), [
    ["warn", "shell.max_pids is not held on this machine: shell.exec starts nothing", "no pids"],
  ]);
});

test("what nobody asks for is not told of", async (t) => {
  assert.deepEqual(await told(scratch(t), {}), []);
  assert.deepEqual(await told(scratch(t), { shell: { max_cpu: 10 } }), []);
  assert.deepEqual(await told(scratch(t), { isolation: "off", shell: { max_pids: 1 } }), []);
});
