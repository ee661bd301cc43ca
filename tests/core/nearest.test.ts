// Which names are suggested for mistyped ones.

import assert from "node:assert/strict";
import { test } from "node:test";
import { nearest } from "../../core/nearest.ts";

const KEYS = ["id", "type", "action", "params", "depends_on", "condition", "timeout", "on_error"];

test("typing mistakes, case and separators find the name that was meant", () => {
  assert.equal(nearest("depend_on", KEYS), "depends_on");
  assert.equal(nearest("dependsOn", KEYS), "depends_on");
  assert.equal(nearest("on-error", KEYS), "on_error");
  assert.equal(nearest("tiemout", KEYS), "timeout");
  assert.equal(nearest("Type", KEYS), "type");
  assert.equal(nearest("http.gte", ["fs.read", "http.get", "http.post"]), "http.get");
});

test("nothing is suggested for a word that is like no candidate", () => {
  assert.equal(nearest("banana", KEYS), undefined);
  assert.equal(nearest("", KEYS), undefined);
  assert.equal(nearest("timeout", []), undefined);
  assert.equal(nearest("x", ["y", "a"]), undefined);
});

test("the first of equally close candidates wins", () => {
  assert.equal(nearest("step3", ["step1", "step2"]), "step1");
});

test("very long words and very many candidates are not compared", () => {
  assert.equal(nearest("x".repeat(100_000), ["x".repeat(100_000)]), undefined);
  const many = Array.from({ length: 2_000 }, (_, i) => `other-name-${i}`);
  assert.equal(nearest("zz", [...many, "zz"]), undefined);
});
