// Whether a jq program is found to read all that it reads, and little more.

import assert from "node:assert/strict";
import { test } from "node:test";
import { jqOutputs } from "../../../embed/jq/engine.ts";
import { readsOfJq } from "../../../embed/jq/reads.ts";
import { membersOf } from "../../../embed/reads.ts";

const DOCUMENT: Record<string, Record<string, unknown>> = {
  steps: { a: { n: 1, list: [1, 2], then: 3 }, b: { n: 2 }, c: { n: 3 }, "d-e": { n: 4 } },
  inputs: { n: 1, which: "b" },
  workflow: { name: "w" },
  context: { k: "v" },
};

/** What a program reads, as a text: `all`, or `variable.member` of each, and `variable` of whole ones. */
function read(source: string): string {
  const reads = readsOfJq(source);
  if (reads === "all") return "all";
  const names = [...reads].flatMap(([variable, members]) =>
    members === "all" ? variable : [...members].map((member) => `${variable}.${member}`)
  );
  return names.sort().join(" ");
}

const NAMED: Record<string, string> = {
  ".steps.a": "steps.a",
  ".steps.a.n + .steps.b.n": "steps.a steps.b",
  '.steps["d-e"].n, .["steps"]["a"], ."steps"."b"': "steps.a steps.b steps.d-e",
  ".steps.a.list[]": "steps.a",
  ".steps.a.list[.inputs.n:]": "inputs.n steps.a",
  ".steps.a.list[.steps.b.n - 1]?": "steps.a steps.b",
  ".steps?.a?.n // 5": "steps.a",
  ".steps.a | . as $x | keys | map(.) | $x": "steps.a",
  ".steps.a.n as $n | .steps.b.n + $n | . + 1": "steps.a steps.b",
  "{a: .steps.a.n, (.inputs.which): .steps.b | length, c: [.steps.c]}":
    "inputs.which steps.a steps.b steps.c",
  '{"x y": -.steps.a.n, "\\(.inputs.which)": 1}': "inputs.which steps.a",
  '"n is \\(.steps.a.n) of \\(.steps.b | "x\\(.n)")"': "steps.a steps.b",
  "if .steps.a.n > 1 then .steps.b else .steps.c end": "steps.a steps.b steps.c",
  "if .steps.a | .then then .steps.b elif true then .inputs.n else 0 end":
    "inputs.n steps.a steps.b",
  "if .steps.a.n | . then .steps.b else .steps.c end": "steps.a steps.b steps.c",
  "if .steps.a | ..then .steps.b else .steps.c end": "steps.a steps.b steps.c",
  "if .steps.a | 1.then .steps.b else .steps.c end": "steps.a steps.b steps.c",
  "if .steps.a | if . then 1 else 0 end then .steps.b else 2 end": "steps.a steps.b",
  "[limit(1; .steps.a.list[]), range(.inputs.n)], (.steps.b | select(.n > 1))":
    "inputs.n steps.a steps.b",
  "try .steps.a.n.x catch .steps.b": "steps.a steps.b",
  ".inputs.n == 1 and .workflow.name != null or (.context.k | not)":
    "context.k inputs.n workflow.name",
  "{steps: .steps.a}, {workflow}": "steps.a workflow",
  '1, null, now, "text", $ENV.PATH, {}, []': "",
  ".missing.x, .steps.missing": "missing.x steps.missing",
  ".steps[.inputs.which].n": "inputs.which steps",
  ".steps | keys": "steps",
  ".steps[]": "steps",
  "[.steps.a, .steps]": "steps",
};

/** Here all may be read, or is. */
const ALL = [
  ".",
  "..",
  ".[]",
  "keys",
  "map(.n)",
  "to_entries",
  "length as $x | .steps.a",
  ". as $d | .steps.a | $d.steps.b",
  ".steps.a, .",
  ".steps.a = 1",
  ".steps.a |= 1",
  ".steps.a += 1",
  ".steps.a //= 1",
  "del(.steps.a)",
  "if .steps.a.n > 5 then 1 end",
  "def f: .steps.b; .steps.a | f",
  ".steps.a | def f: 1; f",
  "reduce .steps.a.list[] as $x (.; .)",
  ".steps.a # .steps.b",
  ".steps.a | 1 # then\n",
  '.["steps", "inputs"]',
  'getpath(["steps"])',
  "with_entries(.)",
  ".steps.a as [$x] | $x",
  "try error catch .",
  "@json",
  '@json "\\(.steps.a)"',
  '{steps, ("x")}',
  "first",
  "not",
  ".steps.a?//.steps.b",
  '.steps."a\\(1)" | keys | .',
  "[".repeat(200) + "]".repeat(200),
  "{a:".repeat(5_000) + "1" + "}".repeat(5_000),
];

test("what is named is read alone", () => {
  for (const [source, expected] of Object.entries(NAMED)) {
    assert.equal(read(source), expected, source);
  }
});

test("what may see the whole document reads all of it", () => {
  for (const source of ALL) {
    assert.match(read(source), /^(?:all|.*\bsteps(?: .*)?)$/, source.slice(0, 80));
  }
});

/** The document without what a program does not read. */
function cutFor(source: string): Record<string, unknown> {
  const reads = readsOfJq(source);
  const cut: Record<string, unknown> = {};
  for (const [variable, all] of Object.entries(DOCUMENT)) {
    const members = membersOf(reads, variable);
    if (!members) continue;
    cut[variable] = members === "all"
      ? all
      : Object.fromEntries(Object.entries(all).filter(([name]) => members.has(name)));
  }
  return cut;
}

async function comesTo(source: string, document: unknown): Promise<string> {
  try {
    return JSON.stringify(await jqOutputs(source, JSON.stringify(document), 1_000));
  } catch (thrown) {
    return String(thrown);
  }
}

/** Programs put together of parts, each of which may stand where another does. */
function* combined(): Generator<string> {
  const terms = [".steps.a.n", ".steps.b", ".", ".inputs.n", "[.steps.c, 1]", "{n: .steps.a.n}"];
  const frames = [
    "X | Y",
    "X, Y",
    "[X] + [Y]",
    "X as $x | Y, $x",
    "if X then Y else 1 end",
    "if X | not then Y else X end",
    "if X | if . then . else . end then Y else X end",
    "{a: X | type, b: Y}",
    '"\\(X | tojson) \\(Y)"',
    "try (X | error) catch Y",
    "(X | .n?) // Y",
    "[limit(1; X | tojson), Y]",
    "X | {end: 1, if: 2}, Y",
    "[X | .end, .then] | Y",
  ];
  for (const frame of frames) {
    for (const x of terms) for (const y of terms) yield frame.replaceAll("X", x).replaceAll("Y", y);
  }
}

test("a program comes to the same without what it does not read", async () => {
  let cut = 0;
  for (const source of [...Object.keys(NAMED), ...ALL.slice(0, -2), ...combined()]) {
    if (read(source) !== "all") cut++;
    assert.equal(await comesTo(source, cutFor(source)), await comesTo(source, DOCUMENT), source);
  }
  assert.ok(cut > 200, `${cut} programs read less`);
});
