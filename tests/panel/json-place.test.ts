// Whether a report's path leads to its place in the text, however that is written, also while it is broken.

import assert from "node:assert/strict";
import { test } from "node:test";
import { bodyOf, NEW_TEXT, placeInText } from "../../panel/define-text.ts";
import { lineOf, placeOf, segmentsOf, syntaxFault } from "../../panel/json-place.ts";

const TEXT = `{
  "description": "a } in \\"text\\" {",
  "triggers": { "cron": [ { "expression": "x" } ] },
  "definition": {
    "steps": [
      { "id": "a", "params": { "a b": [1, "two", null] } },
      {"id":"b","timeout":-5e3}
    ]
  }
}
`;

test("paths of reports lead to values, members of quoted names and list items", () => {
  const shown = (path: string) => {
    const { from, to } = placeInText(TEXT, path);
    return `${lineOf(TEXT, from)} ${TEXT.slice(from, to)}`;
  };
  assert.equal(shown("steps[1].timeout"), "7 -5e3");
  assert.equal(shown(`steps[0].params["a b"][1]`), `6 "two"`);
  assert.equal(shown("steps[0].params"), `6 "params"`);
  assert.equal(shown("steps[1]"), "7 {");
  assert.equal(shown("triggers.cron[0].expression"), `3 "x"`);
  assert.equal(shown("description"), `2 "a } in \\"text\\" {"`);
  // What is missing is told where it would stand.
  assert.equal(shown("steps[1].action"), "7 {");
  assert.equal(shown("/"), `4 "definition"`);
  assert.deepEqual(segmentsOf(`a[0]["x\\"y"].b_c`), ["a", 0, `x"y`, "b_c"]);
});

test("a text that is broken behind the place, empty or no object leads somewhere inside", () => {
  const broken = `{"definition": {"steps": [{"id": "a", "action": "x"`;
  const { from, to } = placeInText(broken, "steps[0].action");
  assert.equal(broken.slice(from, to), `"x"`);
  for (const text of ["", "{", "[", `{"a`, `{"a":`, "null", `{"definition": }`, "{{{{", `"`]) {
    const place = placeOf(text, ["definition", "steps", 0]);
    assert.ok(place.from <= place.to && place.to <= text.length, text);
  }
});

test("a fault of the JSON itself has its place", () => {
  assert.equal(syntaxFault(NEW_TEXT), undefined);
  const text = `{\n  "a": 1,\n  b: 2\n}`;
  assert.equal(lineOf(text, syntaxFault(text)!.at), 3);
  assert.equal(syntaxFault(`{"a": `)!.at, 5);
});

test("a request holds the text as it is written", () => {
  const text = `{ "definition": {"n": 12345678901234567890} }\n`;
  assert.equal(
    bodyOf(text, { name: "a", agent_id: "b", dry_run: true }),
    `{"name":"a","agent_id":"b","dry_run":true,"definition": {"n": 12345678901234567890}}`,
  );
  assert.equal(bodyOf("{ }", { name: "a", agent_id: "b" }), `{"name":"a","agent_id":"b"}`);
});
