// The order of the timers that are to fire.

import assert from "node:assert/strict";
import { test } from "node:test";
import { DueLine, type KnownTimer } from "../../../engine/timers/due-line.ts";

const timer = (key: string, dueAt: number): KnownTimer => ({
  runNo: 1,
  runId: "r",
  agentId: "a",
  key,
  dueAt,
  fired: false,
});

function lineOf(...timers: KnownTimer[]): DueLine {
  const line = new DueLine();
  for (const each of timers) line.push(each);
  return line;
}

function keys(line: DueLine): string {
  let text = "";
  for (let next = line.shift(); next; next = line.shift()) text += next.key;
  return text;
}

test("the earliest comes first, and of the same time the one that came first", () => {
  const line = lineOf(...[..."dbacbd"].map((key, i) => timer(key + i, key.charCodeAt(0))));
  assert.equal(line.length, 6);
  assert.equal(line.first?.key, "a2");
  assert.equal(keys(line), "a2b1b4c3d0d5");
});

test("what is removed does not come, also among others of the same time", () => {
  const all = [timer("a", 1), timer("b", 2), timer("c", 2), timer("d", 2), timer("e", 3)];
  const line = lineOf(...all);
  line.remove(all[2]!);
  line.remove(all[2]!);
  line.remove(timer("a", 1));
  assert.equal(keys(line), "abde");
});

test("what is cut is later than the time, and the rest stays in order", () => {
  const line = lineOf(...[5, 1, 3, 3, 2, 4].map((due) => timer(String(due), due)));
  assert.equal(line.middle, 3);
  assert.deepEqual(line.cutAfter(3).map(({ dueAt }) => dueAt), [5, 4]);
  assert.equal(keys(line), "1233");
  assert.equal(line.middle, -Infinity);
});
