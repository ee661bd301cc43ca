// Whether scripts/run.mjs sets a checkout up by itself: on a copy, with an npm and a Node that play their parts.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";

const scripts = fileURLToPath(new URL("../../scripts", import.meta.url));
const NODE_PACKAGE = `node-${process.platform}-${process.arch}`;

test("dependencies are installed once, and again when the lock file changes", async (t) => {
  const box = checkout(t);
  assert.deepEqual(await box.run("hello.mjs"), { code: 0, stdout: "hello\n" });
  assert.equal(box.installs(), 1);
  assert.equal((await box.run("hello.mjs")).stdout, "hello\n");
  assert.equal(box.installs(), 1, "nothing had changed");

  box.lock({ "node_modules/a": { version: "1.0.1", integrity: "sha512-b" } });
  await box.run("hello.mjs");
  assert.equal(box.installs(), 2);

  rmSync(join(box.root, "node_modules", NODE_PACKAGE), { recursive: true });
  assert.equal((await box.run("hello.mjs")).stdout, "hello\n");
  assert.equal(box.installs(), 3, "the Node was missing");
});

test("a package for another platform may be missing, any other may not", async (t) => {
  const box = checkout(t);
  await box.run("hello.mjs");
  const a = { version: "1.0.0", integrity: "sha512-a" };
  box.lock({ "node_modules/a": a, "node_modules/b": { ...a, optional: true } });
  await box.run("hello.mjs");
  assert.equal(box.installs(), 1);
  box.lock({ "node_modules/a": a, "node_modules/c": { ...a, dev: true } });
  await box.run("hello.mjs");
  assert.equal(box.installs(), 2);
});

test("of two that start at once one installs and the other waits", async (t) => {
  const box = checkout(t);
  const both = await Promise.all([box.run("hello.mjs"), box.run("hello.mjs")]);
  assert.deepEqual(both, [{ code: 0, stdout: "hello\n" }, { code: 0, stdout: "hello\n" }]);
  assert.equal(box.installs(), 1);
});

test("the lock of a set-up that was killed is taken over", async (t) => {
  const box = checkout(t);
  const lock = join(box.root, ".setup.lock");
  writeFileSync(lock, "");
  utimesSync(lock, new Date(0), new Date(0));
  assert.equal((await box.run("hello.mjs")).stdout, "hello\n");
  assert.equal(existsSync(lock), false);
});

test("what an outer npm was told does not change what is installed", async (t) => {
  const box = checkout(t);
  await box.run("hello.mjs", {
    env: { npm_config_omit: "dev", npm_config_global: "true", npm_config_cache: "/somewhere" },
  });
  const seen = JSON.parse(readFileSync(join(box.root, "npm-saw.json"), "utf8"));
  assert.equal(seen.env.npm_config_omit, undefined);
  assert.equal(seen.env.npm_config_global, undefined);
  assert.equal(seen.env.npm_config_cache, "/somewhere", "how it is fetched stays the user's");
  assert.equal(seen.args[0], "ci");
});

test("an npm that fails is told, and nothing runs", async (t) => {
  const box = checkout(t);
  writeFileSync(box.npm, "process.exit(7);");
  const { code, stdout, stderr } = await box.run("hello.mjs", { stderr: true });
  assert.deepEqual([code, stdout], [1, ""]);
  assert.match(stderr!, /^error: npm ci failed in /m);
});

test("arguments and the exit code are passed on", async (t) => {
  const box = checkout(t);
  writeFileSync(
    join(box.root, "exit.mjs"),
    "console.log(process.argv.slice(2)); process.exit(42);",
  );
  const { code, stdout } = await box.run("exit.mjs", { args: ["--a", "b c"] });
  assert.deepEqual([code, stdout], [42, "[ '--a', 'b c' ]\n"]);
});

test("a signal reaches the script, whose exit code counts", async (t) => {
  const box = checkout(t);
  writeFileSync(
    join(box.root, "serve.mjs"),
    'process.on("SIGTERM", () => process.exit(5)); setInterval(() => {}, 1e6); console.log("up");',
  );
  const child = box.start("serve.mjs");
  t.after(() => child.kill("SIGKILL"));
  await once(child.stdout, "data");
  child.kill("SIGTERM");
  assert.deepEqual(await once(child, "exit"), [5, null]);
});

test("a missing libatomic is installed by root where apt-get is", async (t) => {
  const box = checkout(t, { withoutLibatomic: true });
  box.tool("apt-get", `echo "$@" >> ${box.root}/apt.log; [ "$2" = update ] || touch ${box.atomic}`);
  const { code, stdout, stderr } = await box.run("hello.mjs", { stderr: true });
  if (process.getuid!() === 0) {
    assert.deepEqual([code, stdout], [0, "hello\n"]);
    const calls = readFileSync(join(box.root, "apt.log"), "utf8");
    assert.equal(calls, "-qq update\n-qq install -y --no-install-recommends libatomic1\n");
  } else {
    assert.equal(code, 1);
    assert.match(stderr!, /sudo apt-get install -y --no-install-recommends libatomic1/);
  }
});

test("elsewhere it is named with the command that installs it", async (t) => {
  const box = checkout(t, { withoutLibatomic: true });
  box.tool("dnf", "exit 1");
  const { code, stdout, stderr } = await box.run("hello.mjs", { stderr: true });
  assert.deepEqual([code, stdout], [1, ""]);
  assert.equal(
    stderr!.split("\n").filter((line) => line.startsWith("error: ")).join("\n"),
    "error: Node 26.10.0 needs libatomic.so.1, which this machine lacks. Install it, then try again:\n" +
      "error:   sudo dnf install libatomic",
  );
});

/** A small checkout whose npm installs a "Node" that hands over to the one running this test. */
function checkout(t: TestContext, options: { withoutLibatomic?: boolean } = {}) {
  const root = mkdtempSync(join(tmpdir(), "opcode-setup-"));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  cpSync(join(scripts, "run.mjs"), join(root, "scripts/run.mjs"));
  cpSync(join(scripts, "setup"), join(root, "scripts/setup"), { recursive: true });
  const optionalDependencies = { [NODE_PACKAGE]: "26.10.0" };
  writeFileSync(join(root, "package.json"), JSON.stringify({ optionalDependencies }));
  writeFileSync(join(root, "hello.mjs"), 'console.log("hello");');
  const atomic = join(root, "libatomic.so.1");
  if (!options.withoutLibatomic) writeFileSync(atomic, "");
  const node = [
    "#!/bin/sh",
    `[ -e ${atomic} ] || { echo "node: error while loading shared libraries: libatomic.so.1" >&2; exit 127; }`,
    'if [ "$1" = --version ]; then echo v26.10.0; exit; fi',
    `exec ${process.execPath} "$@"`,
  ].join("\n");
  const npm = join(root, "npm-cli.js");
  writeFileSync(
    npm,
    `
    const fs = require("fs");
    const bin = "node_modules/${NODE_PACKAGE}/bin";
    fs.appendFileSync("installs.log", "x");
    fs.writeFileSync("npm-saw.json", JSON.stringify({ args: process.argv.slice(2), env: process.env }));
    fs.rmSync("node_modules", { recursive: true, force: true });
    fs.mkdirSync(bin, { recursive: true });
    fs.writeFileSync(bin + "/node", ${JSON.stringify(node)}, { mode: 0o755 });
    fs.copyFileSync("package-lock.json", "node_modules/.package-lock.json");
    `,
  );
  const path = join(root, "path");
  mkdirSync(path);

  const lock = (packages: Record<string, object>) =>
    writeFileSync(join(root, "package-lock.json"), JSON.stringify({ packages }));
  lock({ "node_modules/a": { version: "1.0.0", integrity: "sha512-a" } });

  // Only the tools that a test puts there are in the PATH, beside the shell's own.
  const env = { PATH: `${path}`, HOME: root, npm_execpath: npm };
  const start = (entry: string, args: string[] = [], more: Record<string, string> = {}) =>
    spawn(process.execPath, [join(root, "scripts/run.mjs"), entry, ...args], {
      cwd: tmpdir(),
      env: { ...env, ...more },
      stdio: ["ignore", "pipe", "pipe"],
    });
  return {
    root,
    npm,
    atomic,
    lock,
    start,
    installs: () => readFileSync(join(root, "installs.log"), "utf8").length,
    tool(name: string, script: string) {
      const file = join(path, name);
      writeFileSync(file, `#!/bin/sh\nPATH=/usr/bin:/bin\n${script}\n`);
      chmodSync(file, 0o755);
    },
    async run(
      entry: string,
      { args = [], env = {}, stderr = false }: {
        args?: string[];
        env?: Record<string, string>;
        stderr?: boolean;
      } = {},
    ) {
      const child = start(entry, args, env);
      let out = "";
      let err = "";
      child.stdout.setEncoding("utf8").on("data", (text) => out += text);
      child.stderr.setEncoding("utf8").on("data", (text) => err += text);
      const [code] = await once(child, "close");
      return { code, stdout: out, ...(stderr && { stderr: err }) };
    },
  };
}
