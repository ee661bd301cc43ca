// What is to be written instead of a value of the wrong kind.

import assert from "node:assert/strict";
import { test } from "node:test";
import { DURATION_PATTERN, durationsMeant } from "../../core/duration.ts";
import { instead, type Wanted } from "../../core/instead.ts";
import type { Json } from "../../core/json.ts";

const TEXT = { type: "string" };
const DURATION = { type: "string", pattern: DURATION_PATTERN };
const MAX = { type: "object", required: ["max"], properties: { max: { type: "integer" } } };
const STRATEGY = {
  type: "object",
  required: ["strategy"],
  properties: { strategy: { type: "string", enum: ["ignore", "retry"] } },
};
const WAIT = {
  type: "object",
  properties: { duration: DURATION, signal: TEXT },
  anyOf: [{ required: ["duration"] }, { required: ["signal"] }],
};
const PAIR = { type: "object", required: ["a", "b"], properties: { a: TEXT, b: TEXT } };
const LONG = "x".repeat(1_000);

const CASES: [wanted: Wanted, value: Json, literal: string][] = [
  [DURATION, 30, '"30s" or "30ms"'],
  [DURATION, 500, '"500ms" or "500s"'],
  [DURATION, 30_000, '"30000ms" or "30000s"'],
  [DURATION, 1.5, '"1.5s" or "1.5ms"'],
  [DURATION, 0, ""],
  [WAIT, 500, '{"duration": "500ms"} or {"duration": "500s"}'],
  [DURATION, -1, ""],
  [TEXT, 5, '"5"'],
  [TEXT, true, '"true"'],
  [TEXT, null, ""],
  [TEXT, { a: 1 }, ""],
  [TEXT, "right", ""],
  [{ type: ["string", "integer"] }, 5, ""],
  [{}, 5, ""],
  [{ type: "integer" }, " 3 ", "3"],
  [{ type: "integer" }, "-3", "-3"],
  [{ type: "integer" }, "three", ""],
  [{ type: "integer" }, [3], ""],
  [{ type: "number" }, "3", "3"],
  [{ type: "boolean" }, "True", "true"],
  [{ type: "boolean" }, "no", "false"],
  [{ type: "boolean" }, 1, "true"],
  [{ type: "boolean" }, 0, "false"],
  [{ type: "boolean" }, 2, ""],
  [{ type: "boolean" }, "maybe", ""],
  [{ type: "boolean" }, null, ""],
  [{ type: "boolean" }, ["true"], ""],
  [{ type: "array", items: TEXT }, "a", '["a"]'],
  [{ type: "array", items: TEXT }, "a, b", '["a", "b"]'],
  [{ type: "array", items: TEXT }, 'say "a b"', '["say \\"a b\\""]'],
  [{ type: "array", items: TEXT }, "a b c d e f g", '["a", "b", "c", "d", "e"]'],
  [{ type: "array", items: TEXT }, 1, '["1"]'],
  [{ type: "array", items: TEXT }, null, ""],
  [{ type: "array", items: { type: "object" } }, { id: "a", x: 1 }, 'a list: [{"id": "a", …}]'],
  [{ type: "array", items: { type: "object" } }, { a: {} }, 'a list: [{"id": "a", …}, …]'],
  [{ type: "array", items: { type: "array" } }, { a: {} }, "a list of lists: [[{…}, …], …]"],
  [{ type: "array", items: TEXT }, { a: "b" }, ""],
  [MAX, 3, '{"max": 3}'],
  [MAX, "3", '{"max": 3}'],
  [MAX, "x", ""],
  [MAX, true, ""],
  [MAX, [3], ""],
  [STRATEGY, "ignore", '{"strategy": "ignore"}'],
  [STRATEGY, "other", ""],
  [WAIT, "5s", '{"duration": "5s"}'],
  [PAIR, "a", ""],
  [{ type: "object" }, ["n"], 'an object: {"n": …}'],
  [{ type: "object" }, ["n", 1], ""],
  [{ type: "object" }, [], ""],
  [{ type: "object" }, "n", ""],
  [{ type: "integer" }, 2n ** 60n, ""],
  [TEXT, 2n ** 60n, '"1152921504606846976"'],
];

for (const [wanted, value, literal] of CASES) {
  const shown = typeof value === "bigint" ? `${value}n` : JSON.stringify(value);
  test(`${shown} where ${JSON.stringify(wanted)} is wanted`, () => {
    assert.equal(instead(wanted, value), literal === "" ? "" : `; write ${literal}`);
  });
}

test("a long value is not repeated whole", () => {
  for (const wanted of [{ type: "array", items: TEXT }, WAIT]) {
    assert.ok(instead(wanted, LONG).length < 100);
  }
});

test("references of the schema are followed at every depth", () => {
  const rules: Record<string, Wanted> = {
    retry: MAX,
    list: { type: "array", items: { type: "ref" } },
  };
  const find = (schema: Wanted): Wanted => rules[String(schema.type)] ?? schema;
  assert.equal(instead({ type: "retry" }, 3, find), '; write {"max": 3}');
  const items = (schema: Wanted) => schema.type === "ref" ? MAX : find(schema);
  assert.equal(instead({ type: "list" }, 3, items), '; write [{"max": 3}]');
});

const DURATIONS: [text: string, meant: string | undefined][] = [
  ["5 minutes", "5m"],
  ["1 hour, 30 mins", "1h30m"],
  ["2 days", "48h"],
  ["PT1H30M", "1h30m"],
  ["1.5 h", "1h30m"],
  ["0", undefined],
  ["soon", undefined],
  ["5 parsecs", undefined],
  ["9".repeat(90), undefined],
];

for (const [text, meant] of DURATIONS) {
  test(`the duration ${JSON.stringify(text)}`, () =>
    assert.equal(durationsMeant(text), meant && JSON.stringify(meant)));
}
