// How much is under way at a time, and who comes next.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FairGate } from "../../core/fair-gate.ts";

test("so many are inside at a time, agents take turns, and a failure gives its place back", async () => {
  const gate = new FairGate(2);
  const inside: string[] = [];
  const ends = new Map<string, PromiseWithResolvers<string>>();
  const pass = (agent: string, run: string) =>
    gate.pass({ agent, run }, () => {
      const name = agent + run;
      inside.push(name);
      ends.set(name, Promise.withResolvers());
      return ends.get(name)!.promise;
    });
  const rest = async () => {
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  };
  const first = pass("a", "1");
  for (const run of ["2", "3", "4"]) pass("a", run).catch(() => {});
  const other = pass("b", "1");
  assert.deepEqual(inside, ["a1", "a2"]);
  ends.get("a1")!.resolve("done");
  assert.equal(await first, "done");
  await rest();
  assert.deepEqual(inside, ["a1", "a2", "a3"]);
  ends.get("a2")!.reject(new Error("failed"));
  await rest();
  assert.deepEqual(inside, ["a1", "a2", "a3", "b1"]);
  ends.get("b1")!.resolve("also");
  assert.equal(await other, "also");
  await rest();
  assert.deepEqual(inside, ["a1", "a2", "a3", "b1", "a4"]);
  for (const name of ["a3", "a4"]) ends.get(name)!.resolve("");
  await rest();
  const later = pass("c", "1");
  assert.equal(inside.at(-1), "c1");
  ends.get("c1")!.resolve("free again");
  assert.equal(await later, "free again");
});
