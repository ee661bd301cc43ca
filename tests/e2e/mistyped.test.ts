// Whether every command refuses what it does not take as mistyped, before it does anything.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Argument, Command } from "commander";
import { buildProgram } from "../../cli/program.ts";
import { tempHome } from "../support/daemon.ts";
import { keptCli } from "../support/kept-cli.ts";

const MISTYPED = 2;
const named = (args: readonly Argument[]) => args.map((each) => each.name());

/** What a command is wrongly given, by what is wrong with it. */
function mistakes(command: Command): [what: string, words: string[]][] {
  const args = command.registeredArguments;
  const needed = args.filter(({ required }) => required);
  const [flag] = command.options.filter((option) => option.required);
  const found: [string, string[]][] = [
    ["a flag that there is not", [...named(needed), "--no-such-flag"]],
    ["a word too many", [...named(args), "more"]],
  ];
  if (needed.length > 0) found.push(["a word too few", named(needed.slice(1))]);
  if (flag) found.push(["a flag without its value", [...named(needed), flag.long!]]);
  return found.map(([what, words]) => [`${command.name()}: ${what}`, [command.name(), ...words]]);
}

test("each command tells by its exit code what was mistyped, and nothing is made", async (t) => {
  const home = tempHome(t);
  const { commands } = buildProgram(() => {});
  const all = commands.filter((command) => command.name() !== "help").flatMap(mistakes);
  assert.ok(all.length > 3 * 20, `${all.length}`);
  const cli = keptCli(t, { env: { OPCODE_HOME: home } });
  const told: [string, number | null][] = [];
  for (const [what, words] of all) told.push([what, (await cli(words)).code]);
  assert.deepEqual(told, all.map(([what]) => [what, MISTYPED]));
});
