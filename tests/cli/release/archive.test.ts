// What the archive of a release may hold: the one file, whole, and nothing that goes elsewhere.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gunzipSync, gzipSync } from "node:zlib";
import { binaryIn } from "../../../cli/release/archive.ts";
import { tarGz } from "../../../scripts/release/tar-gz.ts";
import { scratch } from "../../support/scratch.ts";

const PROGRAM = { name: "opcode", bytes: Buffer.from("a program".repeat(100)), mode: 0o755 };

test("what is written is read, by tar too, and is the same bytes again", (t) => {
  const archive = tarGz(PROGRAM, 6);
  assert.deepEqual(binaryIn(archive), PROGRAM.bytes);
  assert.deepEqual(tarGz(PROGRAM, 6), archive);
  const place = scratch(t);
  writeFileSync(join(place, "a.tar.gz"), archive);
  execFileSync("tar", ["-xzf", "a.tar.gz"], { cwd: place });
  assert.deepEqual(readFileSync(join(place, "opcode")), PROGRAM.bytes);
});

test("an archive with anything else is refused: other names, ways out, links, more than one", (t) => {
  for (const name of ["opcod", "../opcode", "/opcode", "bin/opcode", "./opcode", "opcode/"]) {
    assert.throws(() => binaryIn(tarGz({ ...PROGRAM, name }, 1)), /something else/, name);
  }
  const place = scratch(t);
  const tar = (...files: string[]) => {
    execFileSync("tar", ["-czf", "a.tar.gz", ...files], { cwd: place });
    return readFileSync(join(place, "a.tar.gz"));
  };
  writeFileSync(join(place, "opcode"), "a program");
  writeFileSync(join(place, "other"), "another");
  assert.equal(binaryIn(tar("opcode")).toString(), "a program");
  assert.throws(() => binaryIn(tar("opcode", "other")), /something else/);
  assert.throws(() => binaryIn(tar("opcode", "opcode")), /something else/);
  symlinkSync("other", join(place, "link"));
  assert.throws(() => binaryIn(tar("--transform=s/link/opcode/", "link")), /something else/);
  assert.throws(() => binaryIn(gzipSync(Buffer.alloc(1_024))), /something else/);
});

test("an archive that is cut short or damaged is refused", () => {
  const archive = Buffer.from(tarGz(PROGRAM, 6));
  for (const length of [0, 1, 20, archive.length >> 1, archive.length - 1]) {
    assert.throws(() => binaryIn(archive.subarray(0, length)), /cannot be unpacked/, `${length}`);
  }
  const tar = gunzipSync(archive);
  assert.throws(() => binaryIn(gzipSync(tar.subarray(0, 900))), /cut short/);
  tar[130] = 0x37;
  assert.throws(() => binaryIn(gzipSync(tar)), /damaged/);
  assert.throws(() => binaryIn(gzipSync(Buffer.alloc(600, "x"))), /no archive/);
});
