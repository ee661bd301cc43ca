// Which of two versions is later.

import assert from "node:assert/strict";
import { test } from "node:test";
import { compareReleases, releaseOf } from "../../../cli/release/order.ts";

test("versions are in the order of Semantic Versioning, and builds of a checkout behind their tag", () => {
  const ascending = [
    "v0.9.9",
    "1.0.0-alpha",
    "v1.0.0-alpha.1",
    "1.0.0-alpha.beta",
    "1.0.0-beta.2",
    "1.0.0-beta.11",
    "v1.0.0-rc.1",
    "v1.0.0-rc.1-4-g0a1b2c3",
    "1.0.0",
    "v1.0.0-3-g0a1b2c3",
    "v1.0.0-12-gffffff0-dirty",
    "v1.0.1",
    "1.2.0",
    "v1.10.0",
  ].map((text) => releaseOf(text)!);
  for (const [at, one] of ascending.entries()) {
    for (const [other, two] of ascending.entries()) {
      assert.equal(Math.sign(compareReleases(one, two)), Math.sign(at - other), `${at}, ${other}`);
    }
  }
  assert.equal(compareReleases(releaseOf("v1.0.0+one")!, releaseOf("1.0.0+two")!), 0);
  assert.equal(compareReleases(releaseOf("v1.0.0-dirty")!, releaseOf("1.0.0")!), 0);
});

test("what is no version has no order: a commit of digits alone, too", () => {
  for (const text of ["dev", "1234567", "0a1b2c3-dirty", "v1.2", "1.2.3.4", "", "v1.2.x"]) {
    assert.equal(releaseOf(text), undefined, text);
  }
});
