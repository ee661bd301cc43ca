// fs.append: the end of a file, whoever else adds to it.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, statSync, symlinkSync } from "node:fs";
import { test } from "node:test";
import type { Json } from "../../../core/json.ts";
import { actionContext, failsWith } from "../../support/action-context.ts";
import { fsPlace } from "../../support/fs-place.ts";

test("adds to a file, or makes it, and answers the size of the whole", async (t) => {
  const { at, run } = fsPlace(t);
  assert.deepEqual(await run("fs.append", { path: "log", content: "é" }), {
    path: at("log"),
    size: 2,
  });
  assert.equal((await run("fs.append", { path: "log", content: "bc" })).size, 4);
  assert.equal(readFileSync(at("log"), "utf8"), "ébc");
  assert.equal(statSync(at("log")).mode & 0o777, 0o644 & ~process.umask());
});

test("takes base64, and values that are not text", async (t) => {
  const { at, run } = fsPlace(t);
  await run("fs.append", { path: "f", content: "//4=", encoding: "base64" });
  assert.equal((await run("fs.append", { path: "f", content: 5 })).size, 3);
  assert.deepEqual([...readFileSync(at("f"))], [0xff, 0xfe, 0x35]);
});

test("never makes directories, and needs a path and content", async (t) => {
  const { run } = fsPlace(t);
  await assert.rejects(
    run("fs.append", { path: "no/f", content: "" }),
    failsWith("EXECUTION_ERROR", /ENOENT/),
  );
  for (const params of [{ content: "" }, { path: "", content: "" }, { path: "f" }] as Json[]) {
    await assert.rejects(run("fs.append", params), failsWith("VALIDATION_ERROR", /params\.\w+: /));
  }
});

test("what many add at once is all there, and whole", async (t) => {
  const { at, run } = fsPlace(t);
  const lines = Array.from({ length: 50 }, (_, i) => `${String(i).repeat(200)}\n`);
  await Promise.all(lines.map((content) => run("fs.append", { path: "log", content })));
  const found = readFileSync(at("log"), "utf8").split(/(?<=\n)/);
  assert.deepEqual(found.sort(), lines.sort());
});

test("adds through links, dangling ones too, and to regular files only", async (t) => {
  const { at, folder, run } = fsPlace(t);
  symlinkSync("target", at("link"));
  await run("fs.append", { path: "link", content: "a" });
  await run("fs.append", { path: "link", content: "b" });
  assert.equal(readFileSync(at("target"), "utf8"), "ab");
  folder("dir");
  execFileSync("mkfifo", [at("fifo")]);
  for (const path of ["dir", "fifo", "/dev/null"]) {
    await assert.rejects(run("fs.append", { path, content: "" }), failsWith("EXECUTION_ERROR"));
  }
});

test("a cancelled append adds nothing", async (t) => {
  const { dir, tree, file, run } = fsPlace(t);
  file("f", "old");
  const context = actionContext({ host: { cwd: dir } });
  context.abort();
  for (const path of ["f", "new"]) {
    await assert.rejects(run("fs.append", { path, content: "x" }, context), failsWith("CANCELLED"));
  }
  assert.deepEqual(tree(), { f: "old" });
});
