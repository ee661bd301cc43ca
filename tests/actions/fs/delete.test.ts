// fs.delete: entries go, what links lead to stays.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { symlinkSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { actionContext, failsWith } from "../../support/action-context.ts";
import { fsPlace } from "../../support/fs-place.ts";

test("files, FIFOs and empty directories go; others only with recursive", async (t) => {
  const { at, file, folder, tree, run } = fsPlace(t);
  file("f");
  folder("empty");
  file("full/f");
  execFileSync("mkfifo", [at("fifo")]);
  for (const path of ["f", "empty", "fifo"]) {
    assert.deepEqual(await run("fs.delete", { path }), { path: at(path), deleted: true });
  }
  await assert.rejects(
    run("fs.delete", { path: "full" }),
    failsWith("EXECUTION_ERROR", /ENOTEMPTY/),
  );
  await run("fs.delete", { path: "full", recursive: true });
  assert.deepEqual(tree(), {});
});

test("what is missing is an error, unless recursive", async (t) => {
  const { at, run } = fsPlace(t);
  for (const path of ["none", "none/at/all"]) {
    await assert.rejects(run("fs.delete", { path }), failsWith("EXECUTION_ERROR", /ENOENT/));
    assert.deepEqual(await run("fs.delete", { path, recursive: true }), {
      path: at(path),
      deleted: true,
    });
  }
  await assert.rejects(run("fs.delete", {}), failsWith("VALIDATION_ERROR", /params\.path/));
  await assert.rejects(
    run("fs.delete", { path: "/", recursive: true }),
    failsWith("EXECUTION_ERROR", /is a directory/),
  );
});

test("a link goes, what it leads to stays", async (t) => {
  const { at, file, folder, tree, run } = fsPlace(t);
  file("dir/f");
  folder("in");
  symlinkSync(at("dir"), at("in/to-dir"));
  symlinkSync("nowhere", at("dangling"));
  symlinkSync("dir", at("link"));
  await run("fs.delete", { path: "dangling" });
  await run("fs.delete", { path: "link", recursive: true });
  await run("fs.delete", { path: "in", recursive: true });
  assert.deepEqual(tree(), { dir: null, "dir/f": "dir/f" });
});

test("names that are not UTF-8 go too", async (t) => {
  const { at, folder, tree, run } = fsPlace(t);
  folder("dir");
  // On file systems that refuse such a name, a plain one stands for it.
  const odd = Buffer.concat([Buffer.from(at("dir/a")), Buffer.of(0xff, 0xfe)]);
  try {
    writeFileSync(odd, "x");
  } catch {
    writeFileSync(at("dir/a"), "x");
  }
  const { entries } = await run("fs.list", { path: "dir" });
  assert.equal(entries.length, 1);
  await run("fs.delete", { path: "dir", recursive: true });
  assert.deepEqual(tree(), {});
});

test("nothing is removed when anything in it must not be", async (t) => {
  const { file, tree, run, limited } = fsPlace(t);
  file("top/a");
  file("top/deep/keep/secret");
  file("top/z");
  const before = tree();
  for (const deny of ["top/deep/keep", "top/deep/keep/secret"]) {
    const context = await limited({ deny: [deny] });
    await assert.rejects(
      run("fs.delete", { path: "top", recursive: true }, context),
      failsWith("PATH_DENIED", /top\/deep\/keep.*: is under a path of fs\.deny$/),
    );
    assert.deepEqual(tree(), before);
  }
});

test("a link is judged by where it is, not by where it leads", async (t) => {
  const { at, file, folder, tree, run, limited } = fsPlace(t);
  file("in/file");
  folder("out");
  symlinkSync(at("in/file"), at("out/to-in"));
  symlinkSync(at("out"), at("in/to-out"));
  const context = await limited({ writable: ["in"] });
  await assert.rejects(
    run("fs.delete", { path: "out/to-in" }, context),
    failsWith("PATH_DENIED", /is not under a path of fs\.writable/),
  );
  await assert.rejects(
    run("fs.delete", { path: "in/to-out/to-in" }, context),
    failsWith("PATH_DENIED"),
  );
  await run("fs.delete", { path: "in/to-out" }, context);
  assert.deepEqual(tree(), {
    in: null,
    "in/file": "in/file",
    out: null,
    "out/to-in": `-> ${at("in/file")}`,
  });
});

test("a cancelled delete stops", async (t) => {
  const { dir, file, tree, run } = fsPlace(t);
  file("d/f");
  const context = actionContext({ host: { cwd: dir } });
  context.abort();
  for (const recursive of [true, false]) {
    await assert.rejects(
      run("fs.delete", { path: "d/f", recursive }, context),
      failsWith("CANCELLED"),
    );
    await assert.rejects(
      run("fs.delete", { path: "d", recursive }, context),
      failsWith("CANCELLED"),
    );
  }
  assert.deepEqual(tree(), { d: null, "d/f": "d/f" });
});
