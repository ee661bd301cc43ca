// The order in which a turn sees to what its steps have left behind.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Agenda, type Fact } from "../../../engine/transition/agenda.ts";
import type { StepState } from "../../../engine/state/state.ts";

const fact = (id: string): Fact => ({ kind: "lists_moved", step: { id } as StepState });

/** The ids in the order in which they are taken; `follow`: what comes up while one is handled. */
function order(first: string[], follow: Record<string, string[]> = {}): string[] {
  const agenda = new Agenda();
  const taken: string[] = [];
  for (const id of first) agenda.add(fact(id));
  for (let next = agenda.take(); next; next = agenda.take()) {
    const { id } = (next as { step: StepState }).step;
    taken.push(id);
    for (const each of follow[id] ?? []) agenda.add(fact(each));
  }
  assert.ok(agenda.isEmpty);
  return taken;
}

test("facts are taken in the order in which they came up", () => {
  assert.deepEqual(order(["a", "b", "c"]), ["a", "b", "c"]);
});

test("what follows from a fact is taken before the next one, with all that follows from that", () => {
  const follow = { a: ["a1", "a2"], a1: ["a1x"], b: ["b1"] };
  assert.deepEqual(order(["a", "b"], follow), ["a", "a1", "a1x", "a2", "b", "b1"]);
});

test("an agenda with a fact is not empty, whether or not it is the next one", () => {
  const agenda = new Agenda();
  assert.ok(agenda.isEmpty);
  agenda.add(fact("a"));
  agenda.add(fact("b"));
  assert.ok(!agenda.isEmpty);
  agenda.take();
  assert.ok(!agenda.isEmpty);
});
