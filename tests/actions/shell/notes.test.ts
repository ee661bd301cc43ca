// What a daemon notes of its programs, and what the next one reads of that.

import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { openNotes } from "../../../actions/shell/notes.ts";
import { groupRuns, startOf } from "../../../core/running.ts";

function fresh(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "opcode-notes-"));
  t.after(() => rmSync(folder, { recursive: true }));
  return join(folder, "programs");
}

test("what had begun and was not over is there for the next, by step", (t) => {
  const path = fresh(t);
  const first = openNotes(path);
  first.begun(101, { owner: "r:a", command: "/usr/bin/sleep" });
  first.begun(102, { owner: "r:b.iter_0.c", command: 'odd "name"' });
  first.begun(103, { owner: "r:a", command: "cat" });
  first.over(102);
  first.close();
  assert.equal(statSync(path).mode & 0o777, 0o600);
  appendFileSync(path, '+ 104 ["r:a",nu');
  const next = openNotes(path);
  const names = next.leftOf("r:a").map(({ pid, command }) => [pid, command]);
  assert.deepEqual(names, [[101, "sleep"], [103, "cat"]]);
  assert.deepEqual(next.leftOf("r:b.iter_0.c"), []);
  next.close();
  assert.deepEqual(openNotes(path).leftOf("r:a"), [], "told once");
});

test("the file is empty again when nothing runs", (t) => {
  const path = fresh(t);
  const notes = openNotes(path);
  for (let pid = 200; pid < 210; pid++) notes.begun(pid, { owner: "r:a", command: "x" });
  for (let pid = 200; pid < 210; pid++) notes.over(pid);
  assert.equal(readFileSync(path, "utf8"), "");
  notes.close();
});

test("a group is the one that was started only if its leader's start is the same", () => {
  const { pid } = process;
  const started = startOf(pid);
  assert.equal(groupRuns(2 ** 22 + 1, null), false, "nobody has that number");
  if (started === null) return;
  assert.match(started, /^\d+$/);
  assert.equal(startOf(2 ** 22 + 1), null);
});
