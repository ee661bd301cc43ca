// Whether a real bash completes command lines of opcode when Tab is pressed.

import assert from "node:assert/strict";
import { test } from "node:test";
import { buildProgram } from "../../../cli/program.ts";
import { bashCompletion } from "../../../cli/shells/bash.ts";
import { treeOf } from "../../../cli/shells/tree.ts";
import { FILES, OFFERS } from "../../support/completions.ts";
import { noShell, typingInBash, User } from "../../support/shells.ts";

const tree = treeOf(buildProgram(() => {}));
const skip = noShell("bash");

test("bash offers what there is to type, and starts nothing for it", { skip }, async (t) => {
  const user = new User(t);
  for (const name of FILES) user.write(name, "");
  const script = user.write("completions", bashCompletion(tree));
  const bash = typingInBash(t, user, `source ${script}`);
  for (const [line, offered, why] of OFFERS) {
    assert.deepEqual(await bash.offers(line), offered, `${line}: ${why}`);
  }
  for (const { name, flags } of tree.commands) {
    const known = await bash.offers(`opcode ${name} --`);
    assert.deepEqual(known, [...flags.map(({ flag }) => flag), "--help"].toSorted(), name);
  }
  assert.deepEqual(await bash.offers("opcode "), tree.commands.map(({ name }) => name).toSorted());
  assert.equal(await bash.tab("opcode ru"), "opcode run ");
  assert.equal(await bash.tab("opcode mcp --names=d"), "opcode mcp --names=dots ");
  assert.deepEqual([user.wasStarted, bash.faults], [false, []]);
});

test("bash does so whatever else is set in it", { skip }, async (t) => {
  const user = new User(t);
  const script = user.write("completions", bashCompletion(tree));
  const bash = typingInBash(t, user, `set -u; shopt -s nocasematch; IFS=:; source ${script}`);
  assert.equal(await bash.tab("opcode service re"), "opcode service restart ");
  assert.deepEqual(await bash.offers("opcode --url=http://a:1 mcp add c"), [
    ...["claude", "codex", "cursor"],
  ]);
  assert.deepEqual(bash.faults, []);
});
