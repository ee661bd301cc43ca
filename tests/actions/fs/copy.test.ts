// fs.copy: a file or a directory a second time, and nothing else.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, linkSync, statSync, symlinkSync } from "node:fs";
import { test } from "node:test";
import type { Json } from "../../../core/json.ts";
import { actionContext, failsWith } from "../../support/action-context.ts";
import { fsPlace } from "../../support/fs-place.ts";

test("a file: content and permissions, over what is there", async (t) => {
  const { at, file, tree, run } = fsPlace(t);
  chmodSync(file("a", "new é"), 0o750);
  file("b", "old and longer");
  assert.deepEqual(await run("fs.copy", { src: "a", dst: "b" }), {
    src: at("a"),
    dst: at("b"),
    size: 6,
    is_dir: false,
  });
  assert.deepEqual(tree(), { a: "new é", b: "new é" });
  assert.equal(statSync(at("b")).mode & 0o777, 0o750);
});

test("a directory: all of it, into one that may have more", async (t) => {
  const { at, file, folder, tree, run } = fsPlace(t);
  file("src/f", "12");
  file("src/sub/g", "345");
  folder("src/empty");
  file("dst/own");
  file("dst/sub/g", "old");
  assert.deepEqual(await run("fs.copy", { src: "src", dst: "dst" }), {
    src: at("src"),
    dst: at("dst"),
    size: 5,
    is_dir: true,
  });
  assert.deepEqual(tree("dst"), {
    empty: null,
    f: "12",
    own: "dst/own",
    sub: null,
    "sub/g": "345",
  });
});

test("missing parents are made only when asked for, and params must be there", async (t) => {
  const { file, tree, run } = fsPlace(t);
  file("f", "x");
  await assert.rejects(
    run("fs.copy", { src: "f", dst: "a/b/f" }),
    failsWith("EXECUTION_ERROR", /a\/b\/f: .*ENOENT/),
  );
  await assert.rejects(
    run("fs.copy", { src: "none", dst: "a/b/f", create_dirs: true }),
    failsWith("EXECUTION_ERROR", /none: .*ENOENT/),
  );
  assert.deepEqual(tree(), { f: "x" });
  await run("fs.copy", { src: "f", dst: "a/b/f", create_dirs: true });
  assert.equal(tree()["a/b/f"], "x");
  for (
    const params of [{ src: "f" }, { dst: "f" }, { src: "", dst: "f" }, {
      src: "f",
      dst: null,
    }] as Json[]
  ) {
    await assert.rejects(
      run("fs.copy", params),
      failsWith("VALIDATION_ERROR", /params\.(src|dst): (is required|must not be empty)/),
    );
  }
});

test("files do not become directories, nor the other way round", async (t) => {
  const { file, folder, tree, run } = fsPlace(t);
  file("f", "x");
  folder("d");
  await assert.rejects(
    run("fs.copy", { src: "f", dst: "d" }),
    failsWith("EXECUTION_ERROR", /EISDIR/),
  );
  await assert.rejects(
    run("fs.copy", { src: "d", dst: "f" }),
    failsWith("EXECUTION_ERROR", /ENOTDIR/),
  );
  assert.deepEqual(tree(), { d: null, f: "x" });
});

test("a file onto itself, by whatever name, is refused and unharmed", async (t) => {
  const { at, file, tree, run } = fsPlace(t);
  file("f", "precious");
  linkSync(at("f"), at("hard"));
  symlinkSync("f", at("soft"));
  for (const dst of ["f", "./x/../f", "hard", "soft"]) {
    await assert.rejects(
      run("fs.copy", { src: "f", dst }),
      failsWith("VALIDATION_ERROR", /params\.dst: .* is .*\/f itself/),
    );
  }
  assert.deepEqual(tree(), { f: "precious", hard: "precious", soft: "-> f" });
});

test("a directory into itself is refused before anything is made", async (t) => {
  const { at, file, tree, run } = fsPlace(t);
  file("d/sub/f");
  symlinkSync("d/sub", at("way-in"));
  const before = tree();
  for (
    const dst of ["d", "d/new", "d/sub", "d/sub/new", "d/a/b", "way-in", "way-in/new", "way-in/a/b"]
  ) {
    await assert.rejects(
      run("fs.copy", { src: "d", dst, create_dirs: true }),
      failsWith("VALIDATION_ERROR", /params\.dst/),
      dst,
    );
  }
  assert.deepEqual(tree(), before);
});

test("a directory may be copied into the one it is in", async (t) => {
  const { file, tree, run } = fsPlace(t);
  file("a/b/f", "x");
  await run("fs.copy", { src: "a/b", dst: "a" });
  assert.deepEqual(tree("a"), { b: null, "b/f": "x", f: "x" });
});

test("links in a directory are made again as links; the link that is named is followed", async (t) => {
  const { at, file, folder, tree, run } = fsPlace(t);
  file("secret/f", "s");
  folder("src");
  symlinkSync("../secret", at("src/to-dir"));
  symlinkSync("../secret/f", at("src/to-file"));
  symlinkSync("nowhere", at("src/dangling"));
  const { size } = await run("fs.copy", { src: "src", dst: "dst" });
  assert.equal(size, 0);
  assert.deepEqual(tree("dst"), {
    dangling: "-> nowhere",
    "to-dir": "-> ../secret",
    "to-file": "-> ../secret/f",
  });
  await run("fs.copy", { src: "src/to-file", dst: "named" });
  assert.equal(tree().named, "s");
  // A second time they replace what is there, and write through none of it.
  symlinkSync("../secret/f", at("src/f"));
  await run("fs.copy", { src: "secret", dst: "src" });
  assert.equal(tree("src").f, "s");
});

test("what is no regular file is refused before anything is copied", async (t) => {
  const { at, file, tree, run } = fsPlace(t);
  file("src/a");
  execFileSync("mkfifo", [at("src/b")]);
  for (
    const [src, dst] of [["src", "dst"], ["src/b", "dst"], ["/dev/zero", "dst"], ["src/a", "src/b"]]
  ) {
    await assert.rejects(
      run("fs.copy", { src, dst } as Record<string, string>),
      failsWith("EXECUTION_ERROR", /is not a regular file/),
    );
  }
  execFileSync("rm", [at("src/b")]);
  assert.deepEqual(tree(), { src: null, "src/a": "src/a" });
});

test("source and target both pass the policy, with all that is in them", async (t) => {
  const { file, folder, tree, run, limited } = fsPlace(t);
  file("src/ok");
  file("src/shut/secret");
  folder("work");
  file("other");
  const before = tree();
  const refused = async (lists: object, src: string, dst: string) => {
    await assert.rejects(
      run("fs.copy", { src, dst, create_dirs: true }, await limited(lists)),
      failsWith("PATH_DENIED"),
      `${src} ${dst}`,
    );
    assert.deepEqual(tree(), before);
  };
  await refused({ deny: ["src/shut"] }, "src", "work/copy");
  await refused({ deny: ["work/copy/shut"] }, "src", "work/copy");
  await refused({ deny: ["src"] }, "src/ok", "work/ok");
  await refused({ readOnly: ["src"], writable: ["work"] }, "other", "work/other");
  await refused({ readOnly: ["src", "."], writable: ["work"] }, "src/ok", "new");
  await refused({ readOnly: ["src"], writable: ["work"] }, "src/ok", "new/deep/er");
  await refused({ readOnly: ["src", "work"] }, "src/ok", "work/ok");
  await run(
    "fs.copy",
    { src: "src", dst: "work/copy" },
    await limited({ readOnly: ["src"], writable: ["work"] }),
  );
  assert.equal(tree()["work/copy/shut/secret"], "src/shut/secret");
});

test("a cancelled copy leaves nothing half-written", async (t) => {
  const { dir, file, tree, run } = fsPlace(t);
  file("src/f", "new");
  file("dst", "old");
  const context = actionContext({ host: { cwd: dir } });
  context.abort();
  for (const [src, dst] of [["src/f", "dst"], ["src", "new"]] as const) {
    await assert.rejects(run("fs.copy", { src, dst }, context), failsWith("CANCELLED"));
  }
  assert.deepEqual(tree(), { dst: "old", src: null, "src/f": "new" });
});
