// Whether what is offered at a place of a definition is what its schema takes there.

import assert from "node:assert/strict";
import { test } from "node:test";
import { WORKFLOW_SCHEMA } from "../../engine/definition/schema.ts";
import { membersOf, type Schema, schemasAt, valuesOf } from "../../panel/schema-at.ts";

const root = WORKFLOW_SCHEMA as unknown as Schema;
const STEP = ["steps", 0];
const nothing = () => undefined;
const step = (type: string) => (depth: number, member: string) =>
  depth === STEP.length && member === "type" ? type : undefined;
const members = (path: (string | number)[], known: Parameters<typeof schemasAt>[2] = nothing) =>
  membersOf(root, schemasAt(root, path, known));

test("members of a definition and of a step, with what they begin as", () => {
  const all = new Map(members([]).map((one) => [one.text, one]));
  assert.equal(all.get("steps")!.begins, "[]");
  assert.equal(all.get("steps")!.isRequired, true);
  const ofStep = new Map(members([...STEP]).map((one) => [one.text, one]));
  assert.equal(ofStep.get("params")!.begins, "{}");
  assert.equal(ofStep.get("id")!.begins, `""`);
  assert.match(ofStep.get("depends_on")!.detail!, /Sibling steps/);
});

test("the config of a step is that of its type", () => {
  const names = (type: string) => members([...STEP, "config"], step(type)).map(({ text }) => text);
  assert.ok(names("loop").includes("over"));
  assert.ok(!names("wait").includes("over"));
  assert.ok(names("wait").includes("duration"));
  const body = members([...STEP, "config", "body", 0], step("loop")).map(({ text }) => text);
  assert.ok(body.includes("depends_on"));
});

test("values are those of an enum, of booleans, and examples", () => {
  const values = (path: (string | number)[]) =>
    valuesOf(schemasAt(root, path, nothing)).map(({ text }) => text);
  assert.ok(values([...STEP, "type"]).includes(`"loop"`));
  assert.ok(values([...STEP, "retry", "backoff"]).includes(`"exponential"`));
  assert.ok(values([...STEP, "timeout"]).includes(`"30s"`));
  assert.deepEqual(values(["defaults", "fail_on_error"]), ["true", "false"]);
  assert.deepEqual(values(["nowhere", "else"]), []);
});
