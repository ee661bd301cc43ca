// Whether a checkout starts from a bundle of the sources that it has, never from one of those it had.

import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { afterwards, cleanEnv, type Cleanup, tempHome } from "../support/daemon.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** What the small program says first: whether it runs from the bundle, and where its source stands. */
const MAIN = `
const at = process.stdout.write(
  (new Error().stack.includes("/.cache/opcode/") ? "bundle" : "sources") + " " +
  import.meta.url.endsWith("/cli/main.ts") + " one\\n");
if (process.argv[2] === "stay") {
  process.stdin.once("data", async () => {
    const { late } = await import("./late.ts");
    console.log(late);
    process.exit();
  });
}
`;

test("the launcher starts from a bundle of the sources", (t) => {
  const box = checkout(t);
  assert.equal(box.run(), "bundle true one\n");
  assert.equal(box.bundles().length, 1);
  const made = box.manifest();
  assert.equal(box.run(), "bundle true one\n");
  assert.equal(box.manifest(), made, "made once");
});

for (const [what, file] of [["source", "cli/main.ts"], ["lazily loaded source", "cli/late.ts"]]) {
  test(`a ${what} that has changed is made into another`, (t) => {
    const box = checkout(t);
    box.run();
    const [old] = box.bundles();
    const text = readFileSync(join(box.root, file!), "utf8");
    box.write(file!, `${text}\nconsole.log("changed");\n`);
    assert.match(box.run(), file === "cli/main.ts" ? /^bundle true one\nchanged\n$/ : /^bundle/);
    assert.equal(box.bundles().length, 1);
    assert.notEqual(box.bundles()[0], old);
  });
}

test("packages that have changed make it anew", (t) => {
  const box = checkout(t);
  box.run();
  const made = box.manifest();
  box.write("package-lock.json", '{"packages": {"": {}, "node_modules/new": {}}}');
  box.run();
  assert.notEqual(box.manifest(), made);
});

test("sources that are no program say so themselves", (t) => {
  const box = checkout(t);
  box.run();
  box.write("cli/main.ts", "const = 1;");
  const { stderr, status } = spawnSync(process.execPath, [box.launcher], { encoding: "utf8" });
  assert.match(stderr, /cli\/main\.ts/);
  assert.equal(status, 1);
});

test("what a process runs from stays while it runs, and goes with the next one after it", async (t) => {
  const box = checkout(t);
  const child = await box.start("stay");
  const [old] = box.bundles();
  box.write("cli/late.ts", 'export const late = "the new one";');
  box.run();
  assert.equal(box.bundles().length, 2);
  assert.equal(await box.end(child), "the old one\n");
  box.write("cli/late.ts", 'export const late = "the newest one";');
  box.run();
  assert.equal(box.bundles().includes(old!), false);
});

test("a checkout that was copied makes its own", (t) => {
  const box = checkout(t);
  box.run();
  const copy = join(dirname(box.root), "copy");
  cpSync(box.root, copy, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
  spawnSync(process.execPath, [join(copy, "bin/opcode.mjs")]);
  const manifest = join(copy, "node_modules/.cache/opcode/current.json");
  assert.equal(JSON.parse(readFileSync(manifest, "utf8")).root, copy);
});

test("what a package of the older kind exports by name has that name when it is loaded late", (t) => {
  const box = checkout(t);
  box.write("node_modules/old/package.json", '{"name": "old"}');
  box.write(
    "node_modules/old/index.js",
    "module.exports = class Old {}; exports.x = 1; module.exports.Old = module.exports; module.exports['a-b'] = 1;",
  );
  box.write(
    "cli/main.ts",
    'import("old").then((old) => console.log(Object.keys(old), old.Old === old.default));',
  );
  const fromSources = spawnSync(process.execPath, [join(box.root, "cli/main.ts")], {
    encoding: "utf8",
  });
  assert.match(fromSources.stdout, /'Old'.*true/s);
  assert.match(box.run(), /^\[ 'Old', 'default' \] true\n$/);
  assert.equal(box.bundles().length, 1);
});

test("while another process makes one, the sources are the program", (t) => {
  const box = checkout(t);
  box.write("node_modules/.cache/opcode/lock", "");
  assert.equal(box.run(), "sources true one\n");
  assert.deepEqual(box.bundles(), []);
});

test("a source may start no thread that is no part of the bundle", (t) => {
  const box = checkout(t);
  box.write("cli/late.ts", 'new Worker(new URL("./other.ts", import.meta.url));');
  const script = join(box.root, "scripts/bundle.ts");
  const { stderr, status } = spawnSync(process.execPath, [script], { encoding: "utf8" });
  assert.match(stderr, /starts \.\/other\.ts, which is no part of the bundle/);
  assert.equal(status, 1);
  assert.equal(existsSync(join(box.root, "node_modules/.cache/opcode/lock")), false);
});

/** A small program with our launcher and our way of making a bundle. */
function checkout(t: Cleanup) {
  const root = join(tempHome(t), "checkout");
  const write = (file: string, text: string) => {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  };
  for (const folder of ["bin", "scripts"]) {
    cpSync(join(ROOT, folder), join(root, folder), { recursive: true });
  }
  write("package.json", '{"type": "module"}');
  write("package-lock.json", '{"packages": {}}');
  write("cli/main.ts", MAIN);
  write("cli/late.ts", 'export const late = "the old one";');
  write("engine/store/libsql/thread.ts", "export {};");
  write("engine/store/postgres/watch-thread.ts", "export {};");
  write("embed/worker/thread.ts", "export {};");
  mkdirSync(join(root, "node_modules"));
  symlinkSync(join(ROOT, "node_modules/esbuild"), join(root, "node_modules/esbuild"));
  const cache = join(root, "node_modules/.cache/opcode");
  const launcher = join(root, "bin/opcode.mjs");
  return {
    root,
    write,
    launcher,
    run: () => spawnSync(process.execPath, [launcher], { encoding: "utf8" }).stdout,
    manifest: () => readFileSync(join(cache, "current.json"), "utf8"),
    bundles: () =>
      readdirSync(cache, { withFileTypes: true }).filter((at) => at.isDirectory())
        .map(({ name }) => name),
    start: async (...args: string[]) => {
      const child = spawn(process.execPath, [launcher, ...args], { env: cleanEnv({}) });
      afterwards(t, () => child.kill("SIGKILL"));
      await once(child.stdout, "data");
      return child;
    },
    /** Lets it do what it does last; returns what it says. */
    end: async (child: ChildProcess) => {
      let said = "";
      child.stdout!.on("data", (text) => said += text);
      child.stdin!.write("end\n");
      await once(child, "close");
      return said;
    },
  };
}
