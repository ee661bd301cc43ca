// fs.move: another name, on this file system or another one.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, linkSync, statSync, symlinkSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { test } from "node:test";
import type { Json } from "../../../core/json.ts";
import { actionContext, failsWith } from "../../support/action-context.ts";
import { fsPlace } from "../../support/fs-place.ts";

const MEMORY = "/dev/shm";
const elsewhere = existsSync(MEMORY) && statSync(MEMORY).dev !== statSync(tmpdir()).dev;

test("a file, over another one; a directory, with the bytes in it as its size", async (t) => {
  const { at, file, tree, run } = fsPlace(t);
  file("a", "new");
  file("b", "old");
  file("d/f", "12");
  file("d/sub/g", "345");
  assert.deepEqual(await run("fs.move", { src: "a", dst: "b" }), {
    src: at("a"),
    dst: at("b"),
    size: 3,
    is_dir: false,
  });
  assert.deepEqual(await run("fs.move", { src: "d", dst: "e" }), {
    src: at("d"),
    dst: at("e"),
    size: 5,
    is_dir: true,
  });
  assert.deepEqual(tree(), { b: "new", e: null, "e/f": "12", "e/sub": null, "e/sub/g": "345" });
});

test("a directory onto one that is not empty is an error, and both stay", async (t) => {
  const { file, folder, tree, run } = fsPlace(t);
  file("src/f");
  file("full/own");
  file("file");
  folder("empty");
  const before = tree();
  for (const [src, dst] of [["src", "full"], ["src", "file"], ["file", "full"]] as const) {
    await assert.rejects(
      run("fs.move", { src, dst }),
      failsWith("EXECUTION_ERROR", /ENOTEMPTY|EEXIST|ENOTDIR|EISDIR/),
    );
  }
  assert.deepEqual(tree(), before);
  await run("fs.move", { src: "src", dst: "empty" });
  assert.equal(tree()["empty/f"], "src/f");
});

test("missing sources, parents and params", async (t) => {
  const { file, tree, run } = fsPlace(t);
  file("f", "x");
  await assert.rejects(
    run("fs.move", { src: "none", dst: "a/b", create_dirs: true }),
    failsWith("EXECUTION_ERROR", /none: .*ENOENT/),
  );
  await assert.rejects(
    run("fs.move", { src: "f", dst: "a/b" }),
    failsWith("EXECUTION_ERROR", /ENOENT/),
  );
  assert.deepEqual(tree(), { f: "x" });
  for (const params of [{ src: "f" }, { dst: "f" }, { src: "", dst: "f" }] as Json[]) {
    await assert.rejects(
      run("fs.move", params),
      failsWith("VALIDATION_ERROR", /params\.(src|dst)/),
    );
  }
  await run("fs.move", { src: "f", dst: "a/b", create_dirs: true });
  assert.deepEqual(tree(), { a: null, "a/b": "x" });
});

test("onto itself or into itself is refused and harmless", async (t) => {
  const { at, file, tree, run } = fsPlace(t);
  file("d/sub/f", "x");
  linkSync(at("d/sub/f"), at("hard"));
  symlinkSync("d/sub", at("way-in"));
  const before = tree();
  const ways = [["d", "d"], ["d", "d/new"], ["d", "d/sub/new"], ["d", "way-in/new"], [
    "d",
    "d/a/b",
  ]];
  for (const [src, dst] of [...ways, ["hard", "d/sub/f"], ["hard", "hard"]]) {
    await assert.rejects(
      run("fs.move", { src: src!, dst: dst!, create_dirs: true }),
      failsWith("VALIDATION_ERROR", /params\.dst/),
      `${src} ${dst}`,
    );
  }
  assert.deepEqual(tree(), before);
});

test("links move as links, wherever they lead", async (t) => {
  const { at, file, tree, run } = fsPlace(t);
  file("f", "x");
  symlinkSync("f", at("link"));
  symlinkSync("nowhere", at("dangling"));
  assert.equal((await run("fs.move", { src: "dangling", dst: "gone" })).size, 0);
  // A link that is replaced is not written through.
  file("new", "y");
  await run("fs.move", { src: "new", dst: "link" });
  assert.deepEqual(tree(), { f: "x", gone: "-> nowhere", link: "y" });
});

test("what is denied in a directory, or where it would be, keeps it where it is", async (t) => {
  const { at, file, folder, tree, run, limited } = fsPlace(t);
  file("src/shut/secret");
  file("src/ok");
  folder("work");
  symlinkSync(at("src/ok"), at("work/link"));
  const before = tree();
  const refused = async (lists: object, src: string, dst: string) => {
    await assert.rejects(
      run("fs.move", { src, dst }, await limited(lists)),
      failsWith("PATH_DENIED"),
      `${src} ${dst}`,
    );
    assert.deepEqual(tree(), before);
  };
  await refused({ deny: ["src/shut"] }, "src", "work/src");
  await refused({ deny: ["work/src/shut"] }, "src", "work/src");
  await refused({ readOnly: ["src"], writable: ["work"] }, "src/ok", "work/ok");
  await refused({ readOnly: ["src"], writable: ["work"] }, "work/link", "link");
  await run(
    "fs.move",
    { src: "work/link", dst: "work/other" },
    await limited({ writable: ["work"] }),
  );
});

test("a FIFO is neither moved nor replaced; a cancelled move changes nothing", async (t) => {
  const { dir, at, file, run } = fsPlace(t);
  file("f");
  execFileSync("mkfifo", [at("fifo")]);
  for (const [src, dst] of [["fifo", "x"], ["f", "fifo"]] as const) {
    await assert.rejects(
      run("fs.move", { src, dst }),
      failsWith("EXECUTION_ERROR", /regular file/),
    );
  }
  const context = actionContext({ host: { cwd: dir } });
  context.abort();
  await assert.rejects(run("fs.move", { src: "f", dst: "g" }, context), failsWith("CANCELLED"));
  assert.equal(existsSync(at("f")), true);
});

test("to another file system: content, permissions, times and links, then the source goes", {
  skip: !elsewhere,
}, async (t) => {
  const from = fsPlace(t);
  const to = fsPlace(t, { under: MEMORY });
  chmodSync(from.file("d/f", "12"), 0o640);
  from.file("d/sub/g", "345");
  symlinkSync("../nowhere", from.at("d/link"));
  chmodSync(from.at("d/sub"), 0o700);
  utimesSync(from.at("d/f"), 1_000_000_000, 1_000_000_000);
  utimesSync(from.at("d/sub"), 1_000_000_000, 1_000_000_000);
  assert.deepEqual(await from.run("fs.move", { src: "d", dst: to.at("e") }), {
    src: from.at("d"),
    dst: to.at("e"),
    size: 5,
    is_dir: true,
  });
  assert.deepEqual(from.tree(), {});
  assert.deepEqual(to.tree("e"), {
    f: "12",
    link: "-> ../nowhere",
    sub: null,
    "sub/g": "345",
  });
  const kept = (name: string) => {
    const { mode, mtimeMs } = statSync(to.at(name));
    return [mode & 0o777, mtimeMs];
  };
  assert.deepEqual([kept("e/f"), kept("e/sub")], [[0o640, 1e12], [0o700, 1e12]]);

  from.file("again", "new");
  assert.equal((await from.run("fs.move", { src: "again", dst: to.at("e/f") })).size, 3);
  assert.deepEqual([from.tree(), to.tree("e").f], [{}, "new"]);
});

test("to another file system: what fails leaves the source, and nothing of the copy", {
  skip: !elsewhere,
}, async (t) => {
  const from = fsPlace(t);
  const to = fsPlace(t, { under: MEMORY });
  from.file("d/f");
  to.file("full/own");
  await assert.rejects(
    from.run("fs.move", { src: "d", dst: to.at("full") }),
    failsWith("EXECUTION_ERROR", /ENOTEMPTY|EEXIST/),
  );
  execFileSync("mkfifo", [from.at("d/z")]);
  await assert.rejects(
    from.run("fs.move", { src: "d", dst: to.at("new") }),
    failsWith("EXECUTION_ERROR", /is not a regular file/),
  );
  assert.deepEqual(to.tree(), { full: null, "full/own": "full/own" });
  assert.equal(existsSync(from.at("d/f")), true);
});
