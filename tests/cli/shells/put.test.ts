// Whether a new shell finds its completions where they are put.

import assert from "node:assert/strict";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { test, type TestContext } from "node:test";
import { buildProgram } from "../../../cli/program.ts";
import { bashCompletion } from "../../../cli/shells/bash.ts";
import { putCompletions, takeCompletions } from "../../../cli/shells/put.ts";
import { treeOf } from "../../../cli/shells/tree.ts";
import { scratch } from "../../support/scratch.ts";
import {
  fishOffers,
  lacking,
  noShell,
  typingInBash,
  typingInZsh,
  User,
} from "../../support/shells.ts";

const tree = treeOf(buildProgram(() => {}));

/** The package that has bash look for completions at all. */
const bashCompletionFile = [
  ...(process.env.XDG_DATA_DIRS || "/usr/local/share:/usr/share").split(delimiter),
  "/opt/homebrew/share",
].map((share) => join(share, "bash-completion/bash_completion")).find(existsSync);

/** Installs for a user who has this shell alone; answers what was noted. */
function putFor(t: TestContext, user: User, shell: string): string {
  const bin = scratch(t);
  writeFileSync(join(bin, shell), "");
  return putCompletions(tree, { home: user.home, env: { PATH: bin } }).notes.join("\n");
}

test("they are put where shells that are there look for them, and taken away again", (t) => {
  const home = scratch(t);
  const bin = scratch(t);
  for (const shell of ["bash", "zsh"]) writeFileSync(join(bin, shell), "");
  const places = { home, env: { PATH: bin } };
  const { files, notes } = putCompletions(tree, places);
  const share = join(home, ".local/share");
  assert.deepEqual(files, [
    join(share, "bash-completion/completions/opcode"),
    join(share, "zsh/site-functions/_opcode"),
    join(share, "man/man1/opcode.1"),
  ]);
  assert.equal(readFileSync(files[0]!, "utf8"), bashCompletion(tree));
  assert.match(notes.join(), /fpath=\(.*\/zsh\/site-functions \$fpath\)/);
  assert.deepEqual(putCompletions(tree, places).notes, [], "said once");
  assert.deepEqual(takeCompletions(places).toSorted(), files.toSorted());
  assert.ok(!files.some(existsSync));
});

test("a new bash finds them, where it has bash-completion", {
  skip: noShell("bash") ||
    (bashCompletionFile === undefined && "bash-completion is not installed"),
}, async (t) => {
  const user = new User(t);
  putFor(t, user, "bash");
  const bash = typingInBash(t, user, `source ${bashCompletionFile}`);
  assert.equal(await bash.tab("opcode service re"), "opcode service restart ");
  assert.equal(await bash.tab("opcode mcp --names=d"), "opcode mcp --names=dots ");
  assert.deepEqual([user.wasStarted, bash.faults], [false, []]);
});

test("a new bash without it finds them by the line that is told", {
  skip: noShell("bash"),
}, async (t) => {
  const user = new User(t);
  const line = /source .*$/m.exec(putFor(t, user, "bash"))![0];
  const bash = typingInBash(t, user, line);
  assert.equal(await bash.tab("opcode service re"), "opcode service restart ");
  assert.deepEqual([user.wasStarted, bash.faults], [false, []]);
});

test("a new zsh finds them by the line that is told", { skip: noShell("zsh") }, async (t) => {
  const user = new User(t);
  const line = /fpath=.*$/m.exec(putFor(t, user, "zsh"))![0];
  const zsh = typingInZsh(t, user, line, { global: true });
  assert.equal(await zsh.tab("opcode service re"), "opcode service restart ");
  assert.deepEqual([user.wasStarted, zsh.faults], [false, []]);
});

test("a new fish finds them by itself", { skip: lacking("fish") }, (t) => {
  const user = new User(t);
  putFor(t, user, "fish");
  assert.deepEqual(Object.keys(fishOffers(user, ["opcode service re"])[0]!), ["restart"]);
  assert.equal(user.wasStarted, false);
});

test("nobody else may write where zsh looks, which it would ask about", (t) => {
  const user = new User(t);
  const before = process.umask(0o002);
  t.after(() => process.umask(before));
  putFor(t, user, "zsh");
  const directory = join(user.home, ".local/share/zsh/site-functions");
  for (const one of [directory, dirname(directory)]) {
    assert.equal(statSync(one).mode & 0o777, 0o755, one);
  }
});
