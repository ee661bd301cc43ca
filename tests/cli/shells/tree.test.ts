// Whether what there is to type is read from the commands as they are declared.

import assert from "node:assert/strict";
import { test } from "node:test";
import { declaredOf } from "../../../cli/declarations/declare.ts";
import { buildProgram } from "../../../cli/program.ts";
import { inShort, treeOf } from "../../../cli/shells/tree.ts";

const program = buildProgram(() => {});
const tree = treeOf(program);

test("each list of words is that of an argument, or of a flag that takes a value", () => {
  for (const command of program.commands) {
    const { args, flags } = tree.commands.find(({ name }) => name === command.name())!;
    const known = [
      ...args.map(({ name }) => name),
      ...flags.filter(({ value }) => value !== "").map(({ flag }) => flag),
    ];
    for (const name of Object.keys(declaredOf(command).words ?? {})) {
      assert.ok(known.includes(name), `${command.name()} has no ${name}`);
    }
  }
});

test("a flag takes a value in all commands, or in none: fish skips values without asking which", () => {
  const takes = new Map<string, boolean>();
  for (const { name, flags } of [{ name: "opcode", flags: tree.flags }, ...tree.commands]) {
    for (const { flag, needsValue } of flags) {
      assert.equal(takes.get(flag) ?? needsValue, needsValue, `${name} ${flag}`);
      takes.set(flag, needsValue);
    }
  }
});

test("a word of a list is one word to every shell", () => {
  for (const { name, args, flags } of tree.commands) {
    const lists = [...args.map(({ words }) => words), ...flags.map(({ choices }) => choices)];
    for (const word of lists.flat()) assert.match(word, /^[a-z][a-z_-]*$/, name);
  }
});

test("what is said in short is what is said first, and nothing in brackets", () => {
  assert.equal(
    inShort("store nothing: show (all) faults; more (here)"),
    "store nothing: show faults",
  );
  assert.equal(inShort("host:port, :port or [ipv6]:port"), "host:port, :port or [ipv6]:port");
});
