// What every command that needs a data directory says when it has none to write to, and what to do.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fill, mountSmall } from "../support/broken-files.ts";
import { runCli } from "../support/cli.ts";
import { afterwards, type Cleanup, tempHome } from "../support/daemon.ts";
import { assertNobodyHas } from "../support/processes.ts";
import { aboutFiles } from "../support/store-env.ts";

aboutFiles();

/** Makes the directory one that nobody writes; returns why this machine cannot. */
function readOnly(t: Cleanup, home: string): string | null {
  if (process.getuid!() !== 0) {
    chmodSync(home, 0o500);
    afterwards(t, () => chmodSync(home, 0o700));
    return null;
  }
  // Root writes whatever the mode says.
  const missing = mountSmall(t, home, 4);
  if (missing === null) execFileSync("mount", ["-o", "remount,ro", home]);
  return missing;
}

/** Spoils the directory; returns the data directory to use, or why this machine cannot. */
type Spoil = (t: Cleanup, home: string) => { use: string } | { missing: string };

const HOMES: [what: string, spoil: Spoil, words: RegExp][] = [
  [
    "a file that is no database",
    (_, home) => {
      writeFileSync(join(home, "opcode.db"), "text\n".repeat(1_000));
      return { use: home };
    },
    /opcode\.db is no SQLite database .*: move that file away, or name another with db_path$/m,
  ],
  [
    "a read-only directory",
    (t, home) => {
      const missing = readOnly(t, home);
      return missing === null ? { use: home } : { missing };
    },
    /cannot be (created|written) .*: .*let this user write the directory.* with OPCODE_HOME/,
  ],
  [
    "nothing, in a read-only directory",
    (t, home) => {
      const missing = readOnly(t, home);
      return missing === null ? { use: join(home, "sub") } : { missing };
    },
    /sub cannot be created .*: let this user write the directory above .* with OPCODE_HOME$/m,
  ],
  [
    "a full disk",
    (t, home) => {
      const missing = mountSmall(t, home, 4);
      if (missing !== null) return { missing };
      fill(join(home, "filler"));
      return { use: home };
    },
    /make room on its disk| serve says why, and is its disk full\?/,
  ],
  [
    "a file",
    (_, home) => {
      writeFileSync(join(home, "file"), "");
      return { use: join(home, "file") };
    },
    /^error: OPCODE_HOME: \S+file is no directory: it must name one/m,
  ],
  [
    "nothing, below a file",
    (_, home) => {
      writeFileSync(join(home, "file"), "");
      return { use: join(home, "file/sub") };
    },
    /OPCODE_HOME: \S+sub is no directory: it must name one/,
  ],
  [
    "a link to nowhere",
    (_, home) => {
      symlinkSync(join(home, "gone"), join(home, "link"));
      return { use: join(home, "link") };
    },
    /link is a link to a directory that is not there: name another with OPCODE_HOME$/m,
  ],
];

/** `mcp` ends with 4 where it has begun to start a daemon and so has none to ask. */
const COMMANDS: [args: string[], input: string, exits: number[]][] = [
  [["serve", "--listen-addr", "127.0.0.1:0"], "", [1]],
  [["secret", "set", "A"], "v4lue", [1]],
  [["secret", "list"], "", [1]],
  [["mcp"], "", [1, 4]],
];

describe("a data directory that is", () => {
  for (const [what, spoil, words] of HOMES) {
    test(`${what}: each command says what is wrong and what to do, in a line, and fails`, async (t) => {
      const home = join(tempHome(t), "home");
      mkdirSync(home);
      const spoilt = spoil(t, home);
      if ("missing" in spoilt) return t.skip(spoilt.missing);
      const env = {
        OPCODE_HOME: spoilt.use,
        OPCODE_LISTEN_ADDR: "127.0.0.1:0",
        OPCODE_VAULT_KEY: "a long passphrase",
      };
      for (const [args, input, exits] of COMMANDS) {
        const { code, stdout, stderr } = await runCli(args, { env, input });
        assert.ok(exits.includes(code!), `${args}: ${code}: ${stderr}`);
        assert.equal(stdout, "", `${args}`);
        const told = stderr.trimEnd().split("\n").filter((line) => !/starting a daemon/.test(line));
        assert.equal(told.length, 1, stderr);
        assert.match(told[0]!, /^error: /, args.join(" "));
        assert.match(told[0]!, words, args.join(" "));
        await assertNobodyHas("OPCODE_HOME", spoilt.use);
      }
    });
  }

  test("whatever it is, a command that only asks says that no daemon runs there", async (t) => {
    const home = tempHome(t);
    const missing = readOnly(t, home);
    if (missing) return t.skip(missing);
    for (const OPCODE_HOME of [home, join(home, "sub")]) {
      const { code, stderr } = await runCli(["ps"], { env: { OPCODE_HOME } });
      assert.equal(code, 4);
      assert.match(stderr, /^error: no daemon runs for \S+: start it with ".* serve"/);
    }
  });
});
