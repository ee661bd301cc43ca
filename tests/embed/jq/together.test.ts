// Whether programs that one call of jq runs answer what each answers alone.

import assert from "node:assert/strict";
import { test } from "node:test";
import { jqOutputs, parseOutput } from "../../../embed/jq/engine.ts";
import { jqTogether, type Rider } from "../../../embed/jq/together.ts";

const DATA = JSON.stringify({
  n: 5,
  list: [3, 1, 2],
  big: 1,
  text: 'a "quoted"\n\ttext, é, 😀, \u0000',
  deep: { b: { z: 1, a: [null, true, 1.5, 1e300] } },
}).replace('"big":1', '"big":12345678901234567890');

/** Every one compiles by itself. */
const SOURCES = [
  ".",
  ".n + 1",
  ".list | map(. * 2), length",
  ".list[]",
  "empty",
  "true, 0, [0], null",
  ".text, .big, .deep",
  "# nothing but this\n.n",
  ".n # a comment that goes on \\\n at the next line\n",
  ".n # a comment at the end \\",
  ".n #",
  "def f: .n; def g: f + 1; g, f",
  "def _p0: 7; def _p1: 8; _p0, _p1",
  ". as [$p, $q] ?// {n: $p} | $p",
  "label $out | 1, 2, break $out, 3",
  "reduce .list[] as $x (0; . + $x)",
  "try error({a: 1}) catch .",
  '"\\(.n) and \\(.list)"',
  "@json, @text",
  "now",
  "[limit(2; .list[])]",
  "if .n > 1 then 1 end",
  "input_line_number? // 1",
  "$ENV | length",
  '"<skipped: " + "deep>"',
  "\r.n",
];

/** These end with an error, or the call of all. */
const FAILING = [
  'error("no")',
  ".list, error(null)",
  "halt",
  '"bye" | halt_error(1)',
  ".n[]",
  "input",
  '"<skipped: too deep>"',
];

const rider = (source: string): Rider => ({ source, data: DATA, now: 1_700_000_000_123 });

async function alone({ source, data, now }: Rider) {
  return await jqOutputs(source, data, now);
}

async function together(riders: Rider[]) {
  return (await jqTogether(riders)).map((texts) => texts && texts.map(parseOutput));
}

test("each answers what it answers alone, however many there are", async () => {
  const riders = [...SOURCES, ...SOURCES].map(rider);
  const expected = await Promise.all(riders.map(alone));
  assert.deepEqual(await together(riders), expected);
  for (const [i, one] of riders.entries()) {
    assert.deepEqual(await together([one]), [expected[i]], one.source);
  }
});

test("programs of different moments have each their own, or none", async () => {
  const at = (now?: number): Rider => ({ source: "now", data: "null", ...(now && { now }) });
  assert.deepEqual(await together([at(1_500), at(), at(86_400_000)]), [[1.5], null, [86_400]]);
});

test("what fails has to be run alone, and what it did not keep from running need not", async () => {
  for (const source of FAILING) {
    const answers = await together([".n", source, ".list"].map(rider));
    assert.deepEqual(answers.slice(0, 2), source.includes("skipped") ? [null, null] : [[5], null]);
    assert.ok(answers[2] === null || answers[2]!.length === 1, source);
  }
  const [first, , last] = await together([".n", 'error("no")', ".n"].map(rider));
  assert.deepEqual([first, last], [[5], [5]]);
});

test("after one that breaks a limit all have to be run alone, and can be", async () => {
  const riders = [".n", "range(200000)", ".n"].map(rider);
  assert.deepEqual(await together(riders), [null, null, null]);
  assert.deepEqual(await together([rider(".n")]), [[5]]);
});
