// A new user's first hour, from a bare home to a daemon that was updated, rolled back and removed.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, globSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { readDaemonFile } from "../../server/home-files.ts";
import { BINARY_VERSION, theBinary } from "../support/binary.ts";
import { endDaemonOf, tempHome } from "../support/daemon.ts";
import { binaryOf } from "../support/installed.ts";
import { releases } from "../support/releases.ts";

const LATER = "v0.0.1-test";
const EXAMPLE = fileURLToPath(new URL("../../examples/lockfile-report.json", import.meta.url));
const LOCK_FILE = fileURLToPath(new URL("../../package-lock.json", import.meta.url));

test("install.sh, a service, a client, a workflow, the panel, an update, a rollback, and away with it", async (t) => {
  const served = await releases(t);
  served.add(BINARY_VERSION, readFileSync(await theBinary()));
  const home = tempHome(t);
  const bin = join(home, ".local/bin");
  const data = join(home, ".opcode");
  endDaemonOf(t, data);
  /** As somebody types it, in a shell whose PATH has what install.sh tells to add. */
  const type = async (line: string) => {
    const env = { HOME: home, PATH: `${bin}:${process.env.PATH}`, OPCODE_RELEASES_URL: served.url };
    const { stdout, stderr } = await promisify(execFile)("/bin/sh", ["-c", line], {
      cwd: home,
      env,
    });
    return stdout + stderr;
  };

  const installed = await type(
    `curl -fsSL ${served.url}/latest/download/install.sh | sh`,
  );
  assert.match(installed, new RegExp(`installed ${BINARY_VERSION} as ${bin}/opcode`));
  assert.match(installed, /opcode install\n$/);

  const set = await type("opcode install --listen-addr 127.0.0.1:0 --panel");
  const { url } = readDaemonFile(data)!;
  assert.ok(set.includes(`${url}/mcp`), set);
  assert.match(await type("opcode service status"), /127\.0\.0\.1/);

  const isLeft = () =>
    globSync("**/*opcode*", { cwd: join(home, ".local/share") }).filter((path) => path !== "");
  assert.notDeepEqual(isLeft(), [], "completions and the manual page");

  await type("opcode mcp add claude");
  assert.match(await type("opcode mcp list"), /claude +configured/);
  const entry = JSON.parse(readFileSync(join(home, ".claude.json"), "utf8")).mcpServers.opcode;
  assert.equal(entry.command, join(bin, "opcode"));

  await type(`opcode define ${EXAMPLE}`);
  const params = `lockfile=${LOCK_FILE} --param report=${home}/report.md`;
  await type(`opcode run lockfile-report --param ${params} --param node=${process.execPath}`);
  assert.match(readFileSync(join(home, "report.md"), "utf8"), /package-lock\.json/);

  const panel = await fetch(`${url}/`, { headers: { accept: "text/html" } });
  assert.equal(panel.status, 200);
  assert.match(await panel.text(), /<title>.*opcode/i);
  assert.doesNotMatch(await type("opcode doctor"), /✗/);

  served.add(LATER, await binaryOf(LATER));
  assert.match(await type("opcode update --check"), new RegExp(`${LATER} is there`));
  assert.match(await type("opcode update"), new RegExp(`updated ${BINARY_VERSION} to ${LATER}`));
  assert.equal(readDaemonFile(data)!.version, LATER);
  assert.match(await type("opcode query workflows"), /lockfile-report/);
  assert.match(await type("opcode update --rollback"), new RegExp(`to ${BINARY_VERSION}`));
  assert.equal(readDaemonFile(data)!.version, BINARY_VERSION);

  const kept = await type(`sh ${served.of(LATER)}/install.sh --uninstall`);
  assert.match(kept, /kept the data/);
  assert.deepEqual(readdirSync(bin), []);
  assert.deepEqual(isLeft(), []);
  assert.equal(readDaemonFile(data), undefined);
  assert.ok(existsSync(join(data, "opcode.db")));
  await type(`sh ${served.of(LATER)}/install.sh --uninstall --purge`);
  assert.ok(!existsSync(data));
});
