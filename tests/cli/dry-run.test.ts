// How the answer of a dry run reads.

import assert from "node:assert/strict";
import { test } from "node:test";
import { dryRunLines } from "../../cli/dry-run.ts";

const REPLY = { dry_run: true, name: "w", version: "v3", report: {} } as const;
const SAME = { against: "v2", added: [], removed: [], changed: [], workflow: [] };

test("levels and every kind of change have their lines", () => {
  const diff = {
    against: "v2",
    added: ["c.ok.x"],
    removed: ["b"],
    changed: [{ step_id: "a", fields: ["params", "retry"] }],
    workflow: ["timeout", "triggers"],
    values: [
      { step_id: "a", path: "params.url", old: "http://old.test", new: "http://new.test" },
      { step_id: "a", path: "retry", new: { max: 2 } },
      { path: "timeout", old: "1m" },
    ],
    values_left_out: 3,
    truncated: true as const,
  };
  assert.deepEqual(dryRunLines({ ...REPLY, levels: [["a", "c"], ["d"]], diff }), [
    "w would be v3; nothing is stored",
    "level 1: a, c",
    "level 2: d",
    "against v2:",
    "  + c.ok.x",
    "  - b",
    "  ~ a: params, retry",
    '      params.url: "http://old.test" → "http://new.test"',
    '      retry: (not there) → {"max":2}',
    "  workflow: timeout, triggers",
    '      timeout: "1m" → (not there)',
    "  and 3 more values",
    "  and more",
  ]);
});

test("no change, a first version and a faulty one say so", () => {
  assert.deepEqual(dryRunLines({ ...REPLY, diff: SAME }).slice(1), ["the same as v2"]);
  assert.deepEqual(dryRunLines({ ...REPLY, version: "v2", unchanged: true, diff: SAME }), [
    "w would stay v2; nothing is stored",
    "the same as v2",
  ]);
  assert.deepEqual(dryRunLines({ ...REPLY, diff: { ...SAME, against: null, added: ["a"] } }), [
    "w would be v3; nothing is stored",
  ]);
  const errors = [{
    path: "/",
    code: "VALIDATION_ERROR",
    message: "m",
    severity: "error" as const,
  }];
  assert.deepEqual(dryRunLines({ ...REPLY, report: { errors } }), [
    "w is not valid; nothing is stored",
  ]);
});

test("no id reaches the terminal as a control sequence", () => {
  const values = [{ path: "x-\x07", old: "\x9b", new: { "\x1b": "\x1b[2J" } }];
  const diff = { ...SAME, added: ["\x1b[2J"], workflow: ["x-\x07"], values };
  const text = dryRunLines({ ...REPLY, name: "\x1b", levels: [["\x1b[2J"]], diff }).join("");
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(text, /[\x00-\x1f]/);
});
