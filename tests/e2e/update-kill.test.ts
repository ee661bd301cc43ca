// Whether an update that is killed anywhere leaves an opcode that runs with its data, and one that can be updated.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, test, type TestContext } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { isAlive } from "../../server/home-files.ts";
import { BINARY_VERSION } from "../support/binary.ts";
import { suiteCleanup } from "../support/daemon.ts";
import { binaryOf, type Installed, installed } from "../support/installed.ts";
import { OWN_ARCHIVE, type Releases, releases } from "../support/releases.ts";
import { long } from "../support/trials.ts";

const LATER = "v0.0.1-test";
const suite = suiteCleanup();
let served: Releases;

before(async () => {
  served = await releases(suite);
  served.add(LATER, await binaryOf(LATER));
});

interface Scene {
  one: Installed;
  /** Of the command that was typed. */
  command: number;
  /** Of the process that ends the update. */
  finisher(): number | undefined;
}

interface Point {
  name: string;
  /** Whether it has come to where it is killed. */
  reached(scene: Scene): boolean;
  /** Who is killed. */
  whom(scene: Scene): number[];
  /** Whether nobody is left who could start the daemon again: the next command does. */
  isAlone?: boolean;
  /** Of those that always run; the others with TRIALS=all. */
  always?: boolean;
}

const inWork = (one: Installed, name: string) => join(one.bin, ".opcode.update", name);
const byCommand = ({ command }: Scene) => [command];
const byFinisher = ({ finisher }: Scene) => [finisher()!];
const finishes = ({ finisher }: Scene) => finisher() !== undefined;

const POINTS: readonly Point[] = [
  {
    name: "while the manifest is asked for",
    reached: () => held.has("manifest.json"),
    whom: byCommand,
  },
  {
    name: "in the middle of the archive",
    reached: () => held.has(OWN_ARCHIVE),
    whom: byCommand,
    always: true,
  },
  {
    name: "when the new file is written",
    reached: ({ one }) => existsSync(inWork(one, "opcode")),
    whom: byCommand,
  },
  {
    name: "while the data are copied",
    reached: ({ one }) => existsSync(join(one.home, "backups")),
    whom: byCommand,
  },
  {
    name: "when it is prepared",
    reached: ({ one }) => existsSync(inWork(one, "journal.json")),
    whom: byCommand,
  },
  { name: "the command, once another process ends it", reached: finishes, whom: byCommand },
  {
    name: "the process that ends it, at once",
    reached: finishes,
    whom: byFinisher,
  },
  {
    name: "the process that ends it, when the old daemon has gone",
    reached: (scene) => finishes(scene) && scene.one.running() === undefined,
    whom: byFinisher,
    always: true,
  },
  {
    name: "the process that ends it, when the file is swapped",
    reached: (scene) => finishes(scene) && existsSync(join(scene.one.bin, ".opcode.previous")),
    whom: byFinisher,
  },
  {
    name: "the process that ends it, when the new daemon answers",
    reached: (scene) => finishes(scene) && scene.one.running() === LATER,
    whom: byFinisher,
  },
  {
    name: "both, when the file is swapped",
    reached: (scene) => finishes(scene) && existsSync(join(scene.one.bin, ".opcode.previous")),
    whom: ({ command, finisher }) => [command, finisher()!],
    isAlone: true,
    always: true,
  },
];

/** What the server does not send to its end: the names of files. */
const held = new Set<string>();

for (const point of POINTS) {
  const trial = point.always ? test : long<(t: TestContext) => Promise<void>>(test);
  trial(`killed ${point.name}`, async (t) => {
    held.clear();
    const one = await installed(t, served);
    served.answer = (path, response) => {
      const file = path.split("/").at(-1)!;
      const isHeld = point.name.includes("manifest")
        ? file === "manifest.json"
        : point.name.includes("archive") && file === OWN_ARCHIVE;
      if (!isHeld) return false;
      response.write(readFileSync(join(served.of(LATER), file)).subarray(0, 100));
      held.add(file);
      return true;
    };
    const started = await one.run(["service", "start"]);
    assert.equal(started.code, 0, started.stderr);
    const file = join(one.home, "w.json");
    writeFileSync(file, JSON.stringify({ steps: [{ id: "a", action: "crypto.uuid" }] }));
    assert.equal((await one.run(["define", file, "--name", "w"])).code, 0);
    assert.equal((await one.run(["run", "w"])).code, 0);

    const child = spawn(one.executable, ["update"], { env: one.env, stdio: "ignore" });
    const command = child.pid!;
    const gone = once(child, "close");
    const finisher = () => {
      try {
        const pid = Number(readFileSync(inWork(one, "pid"), "utf8"));
        return pid === command ? undefined : pid;
      } catch {
        return undefined;
      }
    };
    const scene = { one, command, finisher };
    let seen: number | undefined;
    while (!point.reached(scene)) {
      seen ??= finisher();
      assert.equal(child.exitCode, null, "it ended before it came there");
      await turn();
    }
    seen ??= finisher();
    for (const pid of point.whom(scene)) process.kill(pid, "SIGKILL");
    await gone;
    // Whoever is left goes on.
    while (seen !== undefined && isAlive(seen)) await turn();
    if (!point.isAlone) {
      assert.ok([BINARY_VERSION, LATER].includes(one.running()!), `${one.running()} runs`);
    }
    delete served.answer;
    const again = await one.run(["update"]);
    const isThere = again.code === 0 || (await one.run(["update"])).code === 0;
    assert.ok(isThere, again.stderr);
    assert.equal(one.running(), LATER);
    const { workflows } = await one.json(["query", "workflows"]);
    assert.equal(workflows.length, 1);
    assert.ok(!existsSync(join(one.bin, ".opcode.update")));
  });
}
