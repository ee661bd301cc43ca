// Whether a type of step is one object: nobody else asks which type a step has.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { STEP_TYPES } from "../../engine/steps/types.ts";
import { allFiles, isCode, root, ships } from "./sources.ts";

const names = STEP_TYPES.map(({ name }) => name).join("|");

/** A comparison of a type or kind with a name of one; but a remedy has kinds of its own. */
const ASKS = [
  new RegExp(`\\b(?<!\\bremedy\\??\\.)(?:type|kind)\\b[^\\n"]*[!=]==? "(?:${names})"`),
  new RegExp(`"(?:${names})" [!=]==? (?![^\\n]*\\bremedy\\b)[^\\n]*\\b(?:type|kind)\\b`),
  new RegExp(`\\btypeOf\\([^\\n]*\\) [!=]== "(?:${names})"`),
];

const CASE = new RegExp(`^( *)case "(?:${names})":`);

/** What a switch may tell apart that has a name in common with the types: these are none. */
const OTHERS = /^(?:remedy\.kind|\w+\.namespace)$/;

/** The lines that ask which type a step has. */
function asking(text: string): string[] {
  const lines = text.split("\n");
  return lines.filter((line, at) => {
    const indent = CASE.exec(line)?.[1];
    if (indent === undefined) return ASKS.some((pattern) => pattern.test(line));
    return !OTHERS.test(subject(lines.slice(0, at), indent.length - 2));
  }).map((line) => line.trim());
}

/** What the switch is of, so far indented, whose cases follow these lines; "" without one. */
function subject(before: string[], indent: number): string {
  const opening = before.findLast((line) => line.search(/\S/) === indent && line.endsWith("{"));
  return /\bswitch \((.*)\) \{$/.exec(opening ?? "")?.[1] ?? "";
}

test("nothing but its own file asks for a type of step by name", () => {
  const found = allFiles().filter(isCode)
    .filter(({ file }) => /^(?:engine|server|cli)\//.test(file))
    .flatMap(({ file, text }) => asking(text).map((line) => `${file}: ${line}`));
  assert.deepEqual(found, []);
});

test("asking is found however it is written", () => {
  const written = [
    'if (step.plan.type === "wait") {',
    'flow?.kind !== "loop"',
    'case "reasoning":',
    'if (typeOf(step) === "parallel") {',
    'type === "condition" && expression',
    'if ("wait" === step.type) {',
    'remedy.kind === "wait" && step.type === "wait"',
  ];
  for (const line of written) assert.deepEqual(asking(line), [line]);
  const inner = [
    "switch (remedy.kind) {",
    '  case "wait":',
    "    switch (step.type) {",
    '      case "loop":',
    "    }",
    '  case "loop":',
    "}",
  ];
  assert.deepEqual(asking(inner.join("\n")), ['case "loop":']);
});

test("what else has the same names is left alone", () => {
  const written = [
    'if (remedy.kind === "wait") {',
    'if (remedy?.kind !== "loop") {',
    'if ("wait" === remedy.kind) {',
    'switch (path.namespace) {\n  case "steps":\n    return 1;\n  case "loop":\n}',
    'switch (remedy.kind) {\n  case "setting": {\n    return 1;\n  }\n  case "wait":\n}',
  ];
  for (const text of written) assert.deepEqual(asking(text), []);
});

test("names, and what their timers are called, are told apart", () => {
  const timers = STEP_TYPES.map(({ name, timer = name }) => timer);
  // What else the timers of a run are called.
  const all = [...timers, "backoff", "timeout", "deadline", "cancel", "child"];
  assert.equal(new Set(all).size, all.length);
  const known = ["action", ...STEP_TYPES.map(({ name }) => name)];
  assert.equal(new Set(known).size, known.length);
});

test("what only one type records of its progress is declared and asked for in its own files", () => {
  const files = allFiles().filter(isCode).filter(ships)
    .filter(({ file }) => file.startsWith("engine/"));
  const declared = files.flatMap(({ file, text }) => {
    const [, members = ""] =
      /declare module "[^"]*state\.ts" \{\s*interface StepDetail \{(.*?)\n {2}\}/s
        .exec(text) ?? [];
    return [...members.matchAll(/^ {4}(\w+)\?:/gm)].map(([, member]) => ({ file, member }));
  });
  assert.deepEqual(declared.map(({ member }) => member).sort(), [
    "branch",
    "forked",
    "next",
    "otherwise",
  ]);
  for (const { file: own, member } of declared) {
    const asking = files.filter(({ text }) =>
      new RegExp(`\\bdetail\\??\\.${member}\\b`).test(text)
    );
    assert.deepEqual(asking.map(({ file }) => file).filter((file) => file !== own), []);
  }
});

test("the pages that list the types of steps list all of them, and no others", () => {
  const page = (name: string) => readFileSync(join(root, name), "utf8");
  const types = STEP_TYPES.map(({ name }) => name).sort();
  const [, inReadme] = /^Steps are actions, ([^:]+?) \(a decision\):/m.exec(page("README.md"))!;
  assert.deepEqual(inReadme!.match(/\w+(?=`)/g)!.sort(), types);
  const [, inGlossary] = /steps or a wait in it \(([^)]+)\)/.exec(page("docs/glossary.md"))!;
  assert.deepEqual(inGlossary!.split(", ").sort(), types);
  // Each is shown in a definition, and told of in words of its own.
  const workflows = page("docs/workflows.md");
  const shown = [...workflows.matchAll(/"id": "[^"]+",\s+"type": "(\w+)"/g)].map(([, one]) => one!);
  assert.deepEqual([...new Set(shown)].sort(), types);
  const told = [...workflows.matchAll(/^### (\w+)$|^An? `(\w+)` step /gm)].map((one) =>
    one[1] ?? one[2]
  );
  assert.deepEqual(told.sort(), types);
});
