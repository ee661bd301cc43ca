// Whether files whose names are no UTF-8 are told apart, and reached by what fs.list says of them.

import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { test } from "node:test";
import type { JsonObject } from "../../../core/json.ts";
import { meantPath, nameText, shownPath, toByteName } from "../../../actions/paths/names.ts";
import { fsPlace } from "../../support/fs-place.ts";

const skip = (process.platform !== "linux" && "other systems take no such names") ||
  ("Deno" in globalThis && "its node:fs takes names for UTF-8");
const bytes = (...parts: (string | number)[]) =>
  Buffer.concat(
    parts.map((part) => typeof part === "string" ? Buffer.from(part) : Buffer.of(part)),
  );

interface Listed {
  name: string;
  path: string;
  not_utf8?: true;
}

test("every name becomes text and itself again, and no two the same", () => {
  const names = [
    bytes("M", 0xe9, ".txt"),
    bytes("M", 0xe8, ".txt"),
    bytes("M\ufffd.txt"),
    bytes(0xff, 0xfe),
    bytes(0xf0, 0x9f, 0x98),
    bytes("😀", 0x98, "é"),
    bytes(0xed, 0xb3, 0xa9),
    bytes("é", 0xc3),
    bytes("plain % name"),
    bytes(0xc0, 0xaf),
  ];
  const texts = names.map((name) => nameText(name.toString("latin1")));
  assert.equal(new Set(texts).size, names.length);
  const shown = texts.map((text) => shownPath(`/tmp/${text}`));
  assert.equal(new Set(shown).size, names.length);
  for (const [i, text] of texts.entries()) {
    assert.equal(toByteName(text), names[i]!.toString("latin1"));
    assert.ok(shown[i]!.isWellFormed());
    assert.equal(meantPath(shown[i]!, "params.path"), `/tmp/${text}`);
  }
});

test("what is listed can be read, and meets no other file", { skip }, async (t) => {
  const { dir, run } = fsPlace(t);
  const odd = bytes(dir, "/M", 0xe9, ".txt");
  writeFileSync(odd, "the odd one");
  writeFileSync(`${dir}/M\ufffd.txt`, "the other one");
  writeFileSync(`${dir}/Mé.txt`, "plain");
  for (const pattern of ["", "M?.txt", "M*"]) {
    const { entries } = await run("fs.list", { path: dir, pattern });
    const found = Object.fromEntries((entries as Listed[]).map((entry) => [entry.path, entry]));
    assert.deepEqual(
      Object.keys(found).sort(),
      [
        `${dir}/Mé.txt`,
        `${dir}/M\ufffd.txt`,
        `file://${dir}/M%E9.txt`,
      ].sort(),
    );
    const { name, not_utf8 } = found[`file://${dir}/M%E9.txt`]!;
    assert.deepEqual([name, not_utf8], ["M\ufffd.txt", true]);
    assert.equal(found[`${dir}/M\ufffd.txt`]!.not_utf8, undefined);
  }
  const read = async (path: string) => (await run("fs.read", { path })).content;
  assert.equal(await read(`file://${dir}/M%E9.txt`), "the odd one");
  assert.equal(await read(`file://localhost${dir}/M%e9.txt`), "the odd one");
  assert.equal(await read(`file://${dir}/M%C3%A9.txt`), "plain");
  assert.equal(await read(`${dir}/M\ufffd.txt`), "the other one");
});

test("every action takes such a path and answers with it", { skip }, async (t) => {
  const { dir, run } = fsPlace(t);
  const at = (name: string) => `file://${dir}/${name}`;
  const listed = () => readdirSync(dir, "latin1").sort();
  const write = await run("fs.write", { path: at("a%FF"), content: "one" });
  assert.equal(write.path, at("a%FF"));
  await run("fs.append", { path: at("a%FF"), content: " two" });
  assert.equal((await run("fs.stat", { path: at("a%FF") })).size, 7);
  assert.equal((await run("fs.stat", { path: at("a%FF") })).path, at("a%FF"));
  assert.equal((await run("fs.copy", { src: at("a%FF"), dst: at("b%FE") })).dst, at("b%FE"));
  const moved = await run("fs.move", { src: at("b%FE"), dst: at("c%FD") });
  assert.deepEqual([moved.src, moved.dst], [at("b%FE"), at("c%FD")]);
  assert.deepEqual(listed(), ["a\xff", "c\xfd"]);
  assert.equal(readFileSync(bytes(dir, "/c", 0xfd), "utf8"), "one two");
  assert.equal((await run("fs.delete", { path: at("a%FF") })).path, at("a%FF"));
  assert.deepEqual(listed(), ["c\xfd"]);
  await run("fs.write", { path: at("new%E9/deep%E8/f"), content: "x", create_dirs: true });
  assert.ok(existsSync(bytes(dir, "/new", 0xe9, "/deep", 0xe8, "/f")));
});

test("directories and links of such names are gone through", { skip }, async (t) => {
  const { dir, run } = fsPlace(t);
  mkdirSync(bytes(dir, "/d", 0xe9));
  writeFileSync(bytes(dir, "/d", 0xe9, "/plain"), "in it");
  writeFileSync(bytes(dir, "/d", 0xe9, "/o", 0xe8), "odd in it");
  symlinkSync(bytes(dir, "/d", 0xe9, "/o", 0xe8), `${dir}/link`);
  symlinkSync(bytes("d", 0xe9, "/later", 0xe7), `${dir}/dangling`);
  const { entries } = await run("fs.list", { path: dir, recursive: true });
  const paths = (entries as Listed[]).map(({ path, not_utf8 }) => [path, not_utf8]);
  assert.deepEqual(
    new Map(paths as [string, true | undefined][]),
    new Map([
      [`file://${dir}/d%E9`, true],
      [`file://${dir}/d%E9/plain`, undefined],
      [`file://${dir}/d%E9/o%E8`, true],
      [`${dir}/link`, undefined],
      [`${dir}/dangling`, undefined],
    ] as [string, true | undefined][]),
  );
  for (const [path] of paths) if (path !== `${dir}/dangling`) await run("fs.stat", { path: path! });
  assert.equal((await run("fs.read", { path: `${dir}/link` })).content, "odd in it");
  await run("fs.write", { path: `${dir}/dangling`, content: "late" });
  assert.equal(readFileSync(bytes(dir, "/d", 0xe9, "/later", 0xe7), "utf8"), "late");
  await run("fs.copy", { src: `file://${dir}/d%E9`, dst: `${dir}/copy` });
  assert.deepEqual(readdirSync(`${dir}/copy`, "latin1").sort(), ["later\xe7", "o\xe8", "plain"]);
  const inside = run("fs.copy", { src: `file://${dir}/d%E9`, dst: `file://${dir}/d%E9/x%E9` });
  await assert.rejects(inside, /file:\/\/.*\/d%E9\/x%E9 is inside file:\/\/.*\/d%E9/);
});

test("the settings hold for such paths too, and errors write them so", { skip }, async (t) => {
  const { dir, run, limited } = fsPlace(t);
  mkdirSync(`${dir}/no`);
  writeFileSync(bytes(dir, "/no/f", 0xe9), "x");
  const context = await limited({ deny: ["no"] });
  const path = `file://${dir}/no/f%E9`;
  await assert.rejects(run("fs.read", { path }, context), {
    code: "PATH_DENIED",
    details: { path, setting: "fs.deny" },
  });
  const missing = `file://${dir}/none%E9`;
  await assert.rejects(run("fs.read", { path: missing }), (error: { message: string }) => {
    assert.equal(error.message, `${missing}: no such file or directory (ENOENT)`);
    return true;
  });
});

test("what is no path is refused with the rule", { skip }, async (t) => {
  const { dir, run } = fsPlace(t);
  const cases: [string, RegExp][] = [
    [`${dir}/half\udce9`, /holds half a character/],
    [`${dir}/half\ud83d`, /holds half a character/],
    [`file://${dir}/100%`, /holds "%", which escapes no byte/],
    [`file://${dir}/a%2Fb`, /a name holds no \//],
    [`file://${dir}/a%00b`, /holds a NUL byte/],
  ];
  for (const [path, message] of cases) {
    for (const action of ["fs.read", "fs.stat", "fs.delete", "fs.list"]) {
      await assert.rejects(run(action, { path } as JsonObject), message);
    }
    await assert.rejects(run("fs.write", { path, content: "" }), message);
    for (const action of ["fs.copy", "fs.move"]) {
      await assert.rejects(run(action, { src: path, dst: dir }), message);
      await assert.rejects(run(action, { src: dir, dst: path }), message);
      if (!path.includes("%00")) {
        await assert.rejects(run(action, { src: path, dst: dir }), /^\w*Error: params\.src: /);
        await assert.rejects(run(action, { src: dir, dst: path }), /^\w*Error: params\.dst: /);
      }
    }
  }
});
