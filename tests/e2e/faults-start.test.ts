// What a start that cannot succeed is: an end with 1 and a remedy, with nothing of it left behind.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { cutInHalf, fill, garble, mountSmall } from "../support/broken-files.ts";
import { cliCommand, runCli } from "../support/cli.ts";
import { type Cleanup, spawnDaemon, tempHome } from "../support/daemon.ts";
import { defineTemplate, HASH_STEPS } from "../support/http.ts";
import { aboutFiles } from "../support/store-env.ts";

aboutFiles();

/** Whom root becomes where it takes a user without rights: the one that owns nothing. */
const NOBODY = 65_534;

/** A data directory with a database of some pages, and no daemon. */
async function usedHome(t: Cleanup): Promise<{ home: string; database: string }> {
  const daemon = await spawnDaemon(t);
  for (let n = 0; n < 40; n++) await defineTemplate(daemon.url, `template-${n}`, HASH_STEPS);
  await daemon.stop();
  return { home: daemon.home, database: join(daemon.home, "opcode.db") };
}

const serve = (home: string) =>
  runCli(["serve", "--listen-addr", "127.0.0.1:0"], { env: { OPCODE_HOME: home } });

describe("a start that cannot succeed ends with 1, says why, and leaves nothing behind", () => {
  const cases: [what: string, spoil: (database: string) => void, words: RegExp][] = [
    ["a database cut in half", cutInHalf, /is damaged .*\.recover/],
    ["bad pages", garble, /is damaged .*\.recover/],
    ["a text file", (path) => writeFileSync(path, "text\n".repeat(1_000)), /is no SQLite database/],
  ];
  for (const [what, spoil, words] of cases) {
    test(what, async (t) => {
      const { home, database } = await usedHome(t);
      spoil(database);
      const { code, stderr } = await serve(home);
      assert.equal(code, 1, stderr);
      const told = stderr.split("\n").filter((line) => line.startsWith("error: "));
      assert.equal(told.length, 1, stderr);
      assert.match(told[0]!, words);
      const left = readdirSync(home).filter((name) => /pid|daemon\.json|tmp/.test(name));
      assert.deepEqual(left, []);
      // The lock is free: what is told next is the fault, not another daemon.
      assert.match((await serve(home)).stderr, words);
    });
  }

  test("a database that may not be written", async (t) => {
    const { home, database } = await usedHome(t);
    const isRoot = process.getuid!() === 0;
    // Root may write whatever the mode says.
    for (const name of isRoot ? ["", ...readdirSync(home)] : []) {
      chownSync(join(home, name), NOBODY, NOBODY);
    }
    chmodSync(database, 0o444);
    const { command, args, env } = cliCommand(["serve", "--listen-addr", "127.0.0.1:0"], {
      OPCODE_HOME: home,
    });
    const user = isRoot ? { uid: NOBODY, gid: NOBODY } : {};
    const child = spawn(command, args, {
      env,
      ...user,
      cwd: "/",
      stdio: ["ignore", "ignore", "pipe"],
    });
    let stderr = "";
    child.stderr!.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
      if (stderr.includes('"msg":"listening"')) child.kill("SIGKILL");
    });
    const [code] = await once(child, "close");
    if (
      isRoot && /Cannot find module|EACCES: permission denied, open '[^']*\.(ts|mjs)'/.test(stderr)
    ) {
      return t.skip("another user cannot read this checkout");
    }
    assert.equal(code, 1, stderr);
    assert.match(stderr, /^error: .*cannot be written .*: let this user write it/m);
  });

  for (const used of [false, true]) {
    test(`a full disk, ${used ? "an old" : "a new"} database`, async (t) => {
      const home = tempHome(t);
      const missing = mountSmall(t, home, 4);
      if (missing) return t.skip(missing);
      if (used) await (await spawnDaemon(t, { home })).stop();
      let ended = 0;
      for (const leave of [0, 1, 2, 9, 30]) {
        const remove = fill(join(home, "filler"), leave * 4_096);
        const { code, stderr } = await runCli(["serve", "--listen-addr", "127.0.0.1:0"], {
          env: { OPCODE_HOME: home },
          onStderr: (text, child) => text.includes('"msg":"listening"') && child.kill("SIGTERM"),
        });
        remove();
        if (code === 0) continue;
        ended++;
        assert.equal(code, 1, stderr);
        assert.match(stderr, new RegExp(`^error: .*${home}.*(make room|the disk is full)`, "m"));
      }
      assert.ok(ended > 0, "every start succeeded");
    });
  }

  test("a file where a directory should be", async (t) => {
    const home = tempHome(t);
    mkdirSync(join(home, "opcode.db"));
    const { code, stderr } = await serve(home);
    assert.equal(code, 1, stderr);
    assert.match(stderr, /^error: .*opcode\.db cannot be opened .*: it, .* must be files/m);
  });
});
