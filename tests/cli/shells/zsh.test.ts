// Whether a real zsh completes command lines of opcode when Tab is pressed.

import assert from "node:assert/strict";
import { test } from "node:test";
import { buildProgram } from "../../../cli/program.ts";
import { treeOf } from "../../../cli/shells/tree.ts";
import { zshCompletion } from "../../../cli/shells/zsh.ts";
import { FILES, OFFERS } from "../../support/completions.ts";
import { noShell, typingInZsh, User } from "../../support/shells.ts";

const tree = treeOf(buildProgram(() => {}));
const skip = noShell("zsh");

/** What is shown beside a word, whatever signs are in it. */
const SAID = [
  ["opcode setti", "settings  -- print each setting's value and where it comes from"],
  ["opcode serve --listen-a", "--listen-addr  -- host:port, :port or [ipv6]:port"],
  ["opcode serve --fs-den", '--fs-deny  -- a list of paths, with ":" in between'],
  ["opcode settings --base-u", "--base-url  -- an http:// or https:// URL without query"],
  ["opcode service --follo", "--follow  -- logs: go on with the lines to come"],
] as const;

// One test, since each zsh reads all completions of the machine first.
test("zsh offers what there is to type, and starts nothing for it", { skip }, async (t) => {
  const user = new User(t);
  for (const name of FILES) user.write(name, "");
  // Read as with `source <(opcode completion zsh)`; the other way is tried where it is put.
  const script = user.write("completions", zshCompletion(tree));
  const zsh = typingInZsh(t, user, `autoload -Uz compinit\ncompinit -D\nsource ${script}`);
  for (const [line, offered, why] of OFFERS) {
    assert.deepEqual(await zsh.offers(line), offered, `${line}: ${why}`);
  }
  for (const { name, flags } of tree.commands) {
    const known = await zsh.offers(`opcode ${name} --`);
    assert.deepEqual(known, [...flags.map(({ flag }) => flag), "--help"].toSorted(), name);
  }
  assert.deepEqual(await zsh.offers("opcode "), tree.commands.map(({ name }) => name).toSorted());
  assert.equal(await zsh.tab("opcode ru"), "opcode run ");
  assert.equal(await zsh.tab("opcode mcp --na"), "opcode mcp --names=");
  for (const [line, said] of SAID) await zsh.list(line, said);
  assert.deepEqual([user.wasStarted, zsh.faults], [false, []]);
});
