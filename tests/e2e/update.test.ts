// Whether `opcode update` puts a later release in place, and whatever is wrong with one leaves the old one running.

import assert from "node:assert/strict";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { generateKeyPairSync } from "node:crypto";
import { before, test } from "node:test";
import { BINARY_VERSION, NEXT_KEY, theBinary } from "../support/binary.ts";
import { runCli } from "../support/cli.ts";
import { cleanEnv, suiteCleanup, tempHome } from "../support/daemon.ts";
import { binaryOf, type Installed, installed, pretending } from "../support/installed.ts";
import { OWN_ARCHIVE, type Releases, releases, saying } from "../support/releases.ts";

const LATER = "v0.0.1-test";
/** Of this checkout, also where the tests are run with a binary. */
const LAUNCHER = fileURLToPath(new URL("../../bin/opcode.mjs", import.meta.url));
const suite = suiteCleanup();
let served: Releases;

before(async () => {
  served = await releases(suite);
  served.add(LATER, await binaryOf(LATER));
});

const WORKFLOW = { steps: [{ id: "ask", type: "reasoning", config: { prompt_context: "?" } }] };

/** A daemon with a template and a run that waits; what tells whether they are still there. */
async function withData(one: Installed): Promise<() => Promise<void>> {
  const started = await one.run(["service", "start"]);
  assert.equal(started.code, 0, started.stderr);
  const file = join(one.home, "ask.json");
  writeFileSync(file, JSON.stringify(WORKFLOW));
  const defined = await one.run(["define", file, "--name", "ask"]);
  assert.equal(defined.code, 0, defined.stderr);
  assert.equal((await one.run(["run", "ask"])).code, 3);
  return async () => {
    const { workflows } = await one.json(["query", "workflows"]);
    assert.deepEqual(workflows.map(({ status }: { status: string }) => status), ["suspended"]);
  };
}

test("the latest release takes over with all data, and the old one comes back when it is told to", async (t) => {
  const one = await installed(t, served);
  served.latest = LATER;
  const isThere = await withData(one);
  assert.deepEqual(await one.json(["update", "--check"]), {
    version: BINARY_VERSION,
    release: LATER,
    update_available: true,
  });
  const updated = await one.run(["update"]);
  assert.equal(updated.code, 0, updated.stderr);
  assert.equal(updated.stdout, `updated ${BINARY_VERSION} to ${LATER}\n`);
  assert.equal(one.running(), LATER);
  assert.equal((await one.run(["version"])).stdout, `${LATER}\n`);
  await isThere();
  assert.deepEqual(readdirSync(one.bin).sort(), [".opcode.previous", "opcode"]);
  assert.match((await one.run(["update"])).stdout, /is the latest release there is/);

  const back = await one.json(["update", "--rollback"]);
  assert.deepEqual([back.updated, back.version], [true, BINARY_VERSION]);
  assert.equal(one.running(), BINARY_VERSION);
  await isThere();
});

test("whatever is wrong with a release, the old version goes on with its data", async (t) => {
  const one = await installed(t, served);
  const isThere = await withData(one);
  const { pid } = JSON.parse(readFileSync(join(one.home, "daemon.json"), "utf8"));
  let n = 10;
  const refused = async (
    what: string,
    fault: RegExp,
    { program = saying, breaks = () => {}, add = {}, args = [], restarts = false }: {
      program?: (version: string) => string;
      breaks?: (directory: string) => void;
      add?: object;
      args?: string[];
      restarts?: boolean;
    },
  ) => {
    const version = `v1.${n++}.0`;
    breaks(served.add(version, program(version), add));
    const { code, stderr, stdout } = await one.run(["update", ...args]);
    assert.match(stderr + stdout, fault, what);
    assert.equal(code, 1, what);
    assert.equal(one.running(), BINARY_VERSION, what);
    assert.equal((await one.run(["version"])).stdout, `${BINARY_VERSION}\n`, what);
    assert.ok(!existsSync(join(one.bin, ".opcode.update")), `${what}: nothing is left`);
    const now = JSON.parse(readFileSync(join(one.home, "daemon.json"), "utf8")).pid;
    assert.equal(now === pid, !restarts, `${what}: it is stopped only for what could run`);
    await isThere();
  };
  const rewrite = (file: string, change: (bytes: Buffer) => Uint8Array) => (directory: string) => {
    const path = join(directory, file);
    writeFileSync(path, change(readFileSync(path)));
  };
  const flipped = (bytes: Buffer) => (bytes[bytes.length - 5]! ^= 1, bytes);
  await refused("bad signature", /signature of .* is not that of its bytes/, {
    breaks: rewrite("manifest.json.sig", flipped),
  });
  await refused("changed manifest", /signature of .* is not that of its bytes/, {
    breaks: rewrite("manifest.json", (bytes) => Buffer.concat([bytes, Buffer.from("\n")])),
  });
  await refused("no signature", /one that is not signed/, { add: { key: undefined } });
  await refused("wrong checksum", /its SHA-256 is/, { breaks: rewrite(OWN_ARCHIVE, flipped) });
  await refused("truncated", /it has 60 bytes of/, {
    breaks: rewrite(OWN_ARCHIVE, (bytes) => bytes.subarray(0, 60)),
  });
  await refused("longer", /more than the \d+ bytes/, {
    breaks: rewrite(OWN_ARCHIVE, (bytes) => Buffer.concat([bytes, bytes])),
  });
  await refused("wrong platform", /has no binary for this machine/, {
    add: { archive: "opcode_Plan9_x86_64.tar.gz" },
  });
  await refused("another version inside", /the file says that it is v9\.9\.9/, {
    program: () => pretending("v9.9.9", "exit 3"),
  });
  await refused("no program", /does not start here/, { program: () => "\x7fELF no program" });
  await refused("failing self-check", /could not run what is here: database: of another world/, {
    program: (version) => {
      const checks = [{ name: "database", ok: false, detail: "of another world" }];
      const report = JSON.stringify({ version, ok: false, checks, layouts: null });
      return `#!/bin/sh\n[ "$1" = self-check ] && echo '${report}' && exit 1\necho ${version}\n`;
    },
  });
  await refused("unhealthy after its start", /was not kept, v0\.0\.0-test is back/, {
    program: (version) => pretending(version, "echo no >&2; exit 3"),
    restarts: true,
  });
});

test("releases are signed with one of its keys: the next one, when that was compiled in, and no other", async (t) => {
  const own = await releases(t);
  const one = await installed(t, own);
  own.add("v1.0.0", saying("v1.0.0"), { key: NEXT_KEY });
  assert.equal((await one.json(["update", "--check"])).update_available, true);
  const { privateKey } = generateKeyPairSync("ed25519");
  own.add("v1.1.0", saying("v1.1.0"), { key: privateKey });
  const { stderr, code } = await one.run(["update", "--check"]);
  assert.equal(code, 1);
  assert.match(stderr, /signed with a key that this version does not know/);
});

test("no older release comes unless it is asked for by its name", async (t) => {
  const own = await releases(t);
  const one = await installed(t, own);
  own.add("v0.0.0-alpha", pretending("v0.0.0-alpha", "exit 3"));
  for (const args of [["update"], ["update", "--check"]]) {
    const { code, stdout } = await one.run(args);
    assert.deepEqual([code, stdout], [0, `${BINARY_VERSION} is the latest release there is\n`]);
  }
  // No daemon runs: nothing says that it could not.
  const asked = await one.run(["update", "--version", "v0.0.0-alpha"]);
  assert.equal(asked.code, 0, asked.stderr);
  assert.equal((await one.run(["version"])).stdout, "v0.0.0-alpha\n");
});

test("a manifest may not lead out of https, to another version, or to an archive that goes elsewhere", async (t) => {
  const own = await releases(t);
  const one = await installed(t, own);
  own.add("v1.0.0", saying("v1.0.0"));
  own.answer = (_path, response) => {
    response.writeHead(302, { location: "http://example.com/manifest.json" }).end();
    return true;
  };
  assert.match((await one.run(["update"])).stderr, /only https is followed/);
  own.answer = (path, response) => {
    response.writeHead(302, { location: path }).end();
    return true;
  };
  assert.match((await one.run(["update"])).stderr, /leads on and on/);
  delete own.answer;
  assert.match(
    (await one.run(["update", "--version", "v7.7.7"])).stderr,
    /there is no release v7\.7\.7/,
  );
  own.answer = (path, response) => {
    if (!path.startsWith("/download/v7.7.7/")) return false;
    response.end(readFileSync(join(own.of("v1.0.0"), path.split("/").at(-1)!)));
    return true;
  };
  assert.match(
    (await one.run(["update", "--version", "v7.7.7"])).stderr,
    /asked for v7\.7\.7, and what came is v1\.0\.0/,
  );
  delete own.answer;
  assert.equal((await runCli(["version"], { env: one.env, binary: one.executable })).code, 0);
});

test("what a package manager owns, a checkout, and a directory that is not ours are not touched", async (t) => {
  const own = await releases(t);
  const one = await installed(t, own);
  own.add("v1.0.0", saying("v1.0.0"));
  const checkout = spawnSync(process.execPath, [LAUNCHER, "update"], {
    env: cleanEnv(one.env),
    encoding: "utf8",
  });
  assert.equal(checkout.status, 1);
  assert.match(checkout.stderr, /this is a checkout: git pull && npm ci/);
  const npm = join(tempHome(t), "node_modules/opcode");
  mkdirSync(npm, { recursive: true });
  copyFileSync(await theBinary(), join(npm, "opcode"));
  const owned = await runCli(["update"], { env: one.env, binary: join(npm, "opcode") });
  assert.match(owned.stderr, /belongs to a package manager.*npm install -g opcode@latest/);
  if (process.getuid!() !== 0) {
    chmodSync(one.bin, 0o500);
    assert.match((await one.run(["update"])).stderr, /cannot be written by this user/);
    chmodSync(one.bin, 0o700);
  }
});
