// Whether errors say in one way what of a request they are about: by `details.path`.

import assert from "node:assert/strict";
import { test } from "node:test";
import { allFiles, isCode, ships } from "./sources.ts";

/** Where the old name stands beside the new one. */
const ONLY = "core/fault-at.ts";

/** Details that name a field by hand, in whatever form. */
const BY_HAND = /details: \{[^{}]*(?<![.\w])field\s*[:,}]/;

test("no error names its field by hand", () => {
  const wrong = allFiles().filter(isCode).filter(ships)
    .filter(({ file }) => file !== ONLY)
    .filter(({ text }) => BY_HAND.test(text));
  assert.deepEqual(wrong.map(({ file }) => file), []);
});

test("such a name is found however it is written", () => {
  for (
    const text of [
      "{ details: { field } }",
      '{ details: { field: "from_run", workflow_id: id } }',
      "details: { rule, field, more }",
      'details: {\n  field: "agent_id",\n}',
    ]
  ) assert.match(text, BY_HAND);
  for (const text of ["details: { ...placeOf(field) }", "details: { fields }"]) {
    assert.doesNotMatch(text, BY_HAND);
  }
});
