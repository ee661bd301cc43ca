// Which known name a typing mistake finds.

import assert from "node:assert/strict";
import { test } from "node:test";
import { nearest } from "../../core/nearest.ts";

const KNOWN = ["listen_addr", "log_level", "pool_size", "panel"];

test("a typing mistake finds its name", () => {
  assert.equal(nearest("pool_sise", KNOWN), "pool_size");
  assert.equal(nearest("Log_Level", KNOWN), "log_level");
  assert.equal(nearest("pnael", KNOWN), "panel");
});

test("a different word finds none", () => {
  assert.equal(nearest("database", KNOWN), undefined);
  assert.equal(nearest("x", KNOWN), undefined);
});
