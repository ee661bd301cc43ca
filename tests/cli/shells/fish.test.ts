// Whether a real fish completes command lines of opcode.

import assert from "node:assert/strict";
import { test } from "node:test";
import { buildProgram } from "../../../cli/program.ts";
import { fishCompletion } from "../../../cli/shells/fish.ts";
import { treeOf } from "../../../cli/shells/tree.ts";
import { FILES, OFFERS } from "../../support/completions.ts";
import { fishOffers, lacking, offered, User } from "../../support/shells.ts";

const tree = treeOf(buildProgram(() => {}));
const skip = lacking("fish");

test("fish offers what there is to type, and starts nothing for it", { skip }, (t) => {
  const user = new User(t);
  for (const name of FILES) user.write(name, "");
  const script = user.write("opcode.fish", fishCompletion(tree));
  const lines = [
    ...OFFERS.map(([line]) => line),
    ...tree.commands.map(({ name }) => `opcode ${name} --`),
    "opcode ",
  ];
  const answers = fishOffers(user, lines, `source ${script}`)
    .map((answer) => offered(Object.keys(answer)));
  for (const [at, [line, expected, why]] of OFFERS.entries()) {
    assert.deepEqual(answers[at], expected, `${line}: ${why}`);
  }
  for (const [at, { name, flags }] of tree.commands.entries()) {
    const known = answers[OFFERS.length + at];
    assert.deepEqual(known, [...flags.map(({ flag }) => flag), "--help"].toSorted(), name);
  }
  assert.deepEqual(answers.at(-1), tree.commands.map(({ name }) => name).toSorted());
  assert.equal(user.wasStarted, false);
});

test("fish says what each is for, whatever signs are in that", { skip }, (t) => {
  const user = new User(t);
  const script = user.write("opcode.fish", fishCompletion(tree));
  const [command, flags, verbal] = fishOffers(
    user,
    ["opcode setti", "opcode serve --", "opcode service --"],
    `source ${script}`,
  );
  assert.equal(command!.settings, "print each setting's value and where it comes from");
  assert.equal(flags!["--listen-addr"], "host:port, :port or [ipv6]:port");
  assert.match(flags!["--fs-deny"]!, /^a list of paths, with ":" in between/);
  assert.equal(flags!["--base-url"], "an http:// or https:// URL without query");
  assert.equal(verbal!["--follow"], "logs: go on with the lines to come");
});
