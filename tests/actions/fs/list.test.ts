// fs.list: what is in a directory, and which names a pattern takes.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { symlinkSync, utimesSync } from "node:fs";
import { test } from "node:test";
import { compileGlob } from "../../../actions/fs/glob.ts";
import type { JsonObject } from "../../../core/json.ts";
import { actionContext, failsWith } from "../../support/action-context.ts";
import { fsPlace } from "../../support/fs-place.ts";

const names = (answer: { entries: { name: string }[] }) => answer.entries.map(({ name }) => name);

test("entries by name, with size, time and kind", async (t) => {
  const { at, file, folder, run } = fsPlace(t);
  folder("d/sub");
  utimesSync(file("d/b", "123"), 1_700_000_000.9, 1_700_000_000.9);
  file("d/é");
  file("d/B");
  const answer = await run("fs.list", { path: "d" });
  assert.deepEqual([answer.path, names(answer)], [at("d"), ["B", "b", "sub", "é"]]);
  assert.deepEqual(answer.entries[1], {
    name: "b",
    path: at("d/b"),
    size: 3,
    modified_at: "2023-11-14T22:13:20Z",
    is_dir: false,
  });
  assert.equal(answer.entries[2].is_dir, true);
  assert.equal(answer.entries[3].path, at("d/é"));
});

test("an empty directory, and one where nothing matches, have no entries", async (t) => {
  const { at, folder, file, run } = fsPlace(t);
  folder("empty");
  file("full/f");
  assert.deepEqual(await run("fs.list", { path: "empty" }), { path: at("empty"), entries: [] });
  assert.deepEqual((await run("fs.list", { path: "full", pattern: "x*" })).entries, []);
});

test("what is missing or no directory is an error, with and without pattern or recursive", async (t) => {
  const { file, at, run } = fsPlace(t);
  file("f");
  execFileSync("mkfifo", [at("fifo")]);
  for (const extra of [{}, { pattern: "*" }, { recursive: true }] as JsonObject[]) {
    for (
      const [path, rule] of [["none", /ENOENT/], ["f", /ENOTDIR/], ["fifo", /ENOTDIR/]] as const
    ) {
      await assert.rejects(
        run("fs.list", { path, ...extra }),
        failsWith("EXECUTION_ERROR", rule),
      );
    }
  }
  await assert.rejects(run("fs.list", {}), failsWith("VALIDATION_ERROR", /params\.path/));
});

test("recursive: entries of all depths, the pattern on each name, all directories gone into", async (t) => {
  const { at, file, run } = fsPlace(t);
  file("d/a.txt");
  file("d/skip/b.txt");
  file("d/skip/c.md");
  file("d/x.txt/d.txt");
  const listed = async (params: object) =>
    (await run("fs.list", { path: "d", recursive: true, ...params })).entries.map((
      { path }: { path: string },
    ) => path.slice(at("d/").length));
  assert.deepEqual(await listed({}), [
    "a.txt",
    "skip",
    "skip/b.txt",
    "skip/c.md",
    "x.txt",
    "x.txt/d.txt",
  ]);
  assert.deepEqual(await listed({ pattern: "*.txt" }), [
    "a.txt",
    "skip/b.txt",
    "x.txt",
    "x.txt/d.txt",
  ]);
});

test("links: themselves, or with a pattern what they lead to; never gone into", async (t) => {
  const { file, folder, at, run } = fsPlace(t);
  file("far/big", "12345");
  folder("d");
  symlinkSync("../far", at("d/to-dir"));
  symlinkSync("../far/big", at("d/to-file"));
  symlinkSync("nowhere", at("d/to-nothing"));
  const shown = async (params: object) =>
    (await run("fs.list", { path: "d", ...params })).entries.map((
      { name, size, is_dir }: { name: string; size: number; is_dir: boolean },
    ) => [name, is_dir, is_dir ? 0 : size]);
  const themselves = [["to-dir", false, 6], ["to-file", false, 10], ["to-nothing", false, 7]];
  assert.deepEqual(await shown({}), themselves);
  assert.deepEqual(await shown({ recursive: true, pattern: "to-*" }), themselves);
  assert.deepEqual(await shown({ pattern: "*" }), [["to-dir", true, 0], ["to-file", false, 5]]);
});

test("a bad pattern is VALIDATION_ERROR, recursive or not", async (t) => {
  const { dir, run } = fsPlace(t);
  for (const recursive of [false, true]) {
    for (
      const pattern of [
        "[",
        "[]",
        "[a",
        "[a-",
        "[a-]",
        "[-a]",
        "[^]",
        "a\\",
        "[\\",
        "a".repeat(2_000),
      ]
    ) {
      await assert.rejects(
        run("fs.list", { path: dir, pattern, recursive }),
        failsWith("VALIDATION_ERROR", /^params\.pattern: /),
        pattern,
      );
    }
  }
});

test("a pattern cannot leave the directory", async (t) => {
  const { file, folder, run } = fsPlace(t);
  file("out");
  folder("d");
  for (const pattern of ["../out", "../*", "/etc/*", "a/../../*"]) {
    await assert.rejects(
      run("fs.list", { path: "d", pattern }),
      failsWith("VALIDATION_ERROR", /params\.pattern: matches names, so it must not hold \//),
    );
  }
  assert.deepEqual((await run("fs.list", { path: "d", pattern: ".." })).entries, []);
});

test("the path is taken literally, whatever is special in a pattern", async (t) => {
  const { file, run } = fsPlace(t);
  file("[ab]*?/f");
  file("a/g");
  assert.deepEqual(names(await run("fs.list", { path: "[ab]*?" })), ["f"]);
  assert.deepEqual(names(await run("fs.list", { path: "[ab]*?", pattern: "f" })), ["f"]);
});

test("what is denied is left out and counted", async (t) => {
  const { at, file, run, limited } = fsPlace(t);
  file("d/open/f");
  file("d/shut/secret");
  file("out");
  symlinkSync(at("out"), at("d/link"));
  const deny = await limited({ deny: ["d/shut", "out"] });
  const flat = await run("fs.list", { path: "d" }, deny);
  assert.deepEqual([names(flat), flat.left_out], [["link", "open"], 1]);
  const deep = await run("fs.list", { path: "d", recursive: true }, deny);
  assert.deepEqual([names(deep), deep.left_out], [["link", "open", "f"], 1]);
  const followed = await run("fs.list", { path: "d", pattern: "l*" }, deny);
  assert.deepEqual([names(followed), followed.left_out], [[], 1]);
  await assert.rejects(run("fs.list", { path: "d/shut" }, deny), failsWith("PATH_DENIED"));
});

test("a cancelled list stops", async (t) => {
  const { dir, file, run } = fsPlace(t);
  file("f");
  const context = actionContext({ host: { cwd: dir } });
  context.abort();
  for (const recursive of [true, false]) {
    await assert.rejects(run("fs.list", { path: dir, recursive }, context), failsWith("CANCELLED"));
  }
});

test("globs: stars, single characters, classes, escapes", () => {
  const cases: [pattern: string, yes: string[], no: string[]][] = [
    ["*", ["", "a", ".hidden"], []],
    ["*.txt", [".txt", "a.txt", "a.txt.txt"], ["a.txt~", "txt"]],
    ["a*b*c", ["abc", "aXbYc", "abcbc"], ["ab", "acb"]],
    ["?", ["a", "é", "😀"], ["", "ab"]],
    ["[a-cx]", ["a", "c", "x"], ["d", "-", ""]],
    ["[^a-c]?", ["dz", "é1"], ["az", "d"]],
    ["[\\]\\-]", ["]", "-"], ["\\", "a"]],
    ["\\*[*]", ["**"], ["a*", "*a"]],
    ["{a,b}", ["{a,b}"], ["a"]],
    ["", [""], ["a"]],
  ];
  for (const [pattern, yes, no] of cases) {
    const matches = compileGlob(pattern);
    for (const name of yes) assert.equal(matches(name), true, `${pattern} should take ${name}`);
    for (const name of no) assert.equal(matches(name), false, `${pattern} should refuse ${name}`);
  }
});

test("globs: many stars on a long name end", () => {
  assert.equal(compileGlob(`${"a*".repeat(400)}b`)("a".repeat(255)), false);
  assert.equal(compileGlob(`${"*a".repeat(200)}*`)("a".repeat(255)), true);
});
