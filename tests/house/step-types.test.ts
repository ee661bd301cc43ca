// Whether a type of step is one object: nobody else asks which type a step has.

import assert from "node:assert/strict";
import { test } from "node:test";
import { STEP_TYPES } from "../../engine/steps/types.ts";
import { allFiles, isCode, ships } from "./sources.ts";

const names = STEP_TYPES.map(({ name }) => name).join("|");

/** A comparison of a type or kind with a name of one, a case of a switch, a member of a table. */
const ASKS = [
  new RegExp(`\\b(?:type|kind)\\b[^\\n"]*[!=]==? "(?:${names})"`),
  new RegExp(`"(?:${names})" [!=]==? [^\\n]*\\b(?:type|kind)\\b`),
  new RegExp(`\\bcase "(?:${names})":`),
  new RegExp(`\\btypeOf\\([^\\n]*\\) [!=]== "(?:${names})"`),
];

/** Hints for the words of other products speak of our types by name. */
const MAY = ["engine/definition/other-words.ts"];

test("nothing but its own file asks for a type of step by name", () => {
  const found = allFiles().filter(isCode).filter(ships)
    .filter(({ file }) => /^engine\/(definition|diagram|run|steps)\//.test(file))
    .filter(({ file }) => !MAY.includes(file))
    .flatMap(({ file, text }) =>
      text.split("\n").filter((line) => ASKS.some((pattern) => pattern.test(line)))
        .map((line) => `${file}: ${line.trim()}`)
    );
  assert.deepEqual(found, []);
});

test("asking is found however it is written", () => {
  const written = [
    'if (step.plan.type === "wait") {',
    'flow?.kind !== "loop"',
    'case "reasoning":',
    'if (typeOf(step) === "parallel") {',
    'type === "condition" && expression',
  ];
  for (const line of written) assert.ok(ASKS.some((pattern) => pattern.test(line)), line);
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
