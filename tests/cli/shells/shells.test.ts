// Whether shells complete command lines as the commands are declared, and `man` takes the page.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { buildProgram } from "../../../cli/program.ts";
import { bashCompletion } from "../../../cli/shells/bash.ts";
import { fishCompletion } from "../../../cli/shells/fish.ts";
import { manPage } from "../../../cli/shells/man.ts";
import { putCompletions, takeCompletions } from "../../../cli/shells/put.ts";
import { SHELLS } from "../../../cli/shells/shells.ts";
import { treeOf } from "../../../cli/shells/tree.ts";
import { zshCompletion } from "../../../cli/shells/zsh.ts";
import { scratch } from "../../support/scratch.ts";

const tree = treeOf(buildProgram(() => {}));

const lacking = (program: string) =>
  spawnSync(program, ["--version"]).error !== undefined && `${program} is not installed`;

test(
  "bash completes commands, verbs, flags and what a flag may be",
  { skip: lacking("bash") },
  (t) => {
    const script = join(scratch(t), "opcode.bash");
    writeFileSync(script, bashCompletion(tree));
    const completed = (...words: string[]) => {
      const { stdout, stderr } = spawnSync("bash", [
        "--noprofile",
        "--norc",
        "-c",
        'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _opcode; printf "%s\\n" "${COMPREPLY[@]}"; complete -p opcode >&2',
        "bash",
        script,
        "opcode",
        ...words,
      ], { encoding: "utf8" });
      assert.equal(stderr, "complete -o bashdefault -o default -F _opcode opcode\n");
      return stdout.split("\n").filter((line) => line !== "");
    };
    assert.deepEqual(completed(""), tree.commands.map(({ name }) => name));
    assert.deepEqual(completed("serv"), ["serve", "service"]);
    assert.deepEqual(completed("service", "st"), ["status", "start", "stop"]);
    assert.deepEqual(completed("--url", "http://x", "service", "re"), ["restart"]);
    assert.deepEqual(completed("service", "logs", "--fo"), ["--follow"]);
    assert.deepEqual(completed("mcp", "--names", ""), ["dots", "underscore"]);
    assert.deepEqual(completed("mcp", "--na"), ["--names"]);
    // Files, which bash adds where nothing is answered.
    assert.deepEqual(completed("install", "--vault-key-file", ""), []);
    assert.deepEqual(completed("nonsense", ""), []);
    for (const { name, flags } of tree.commands) {
      const known = completed(name, "--").toSorted();
      assert.deepEqual(
        known,
        [...new Set([...flags.map(({ flag }) => flag), "--help"])].toSorted(),
        name,
      );
    }
  },
);

for (
  const [shell, text] of [["zsh", zshCompletion(tree)], ["fish", fishCompletion(tree)]] as const
) {
  test(`${shell} reads its completions without a word`, { skip: lacking(shell) }, (t) => {
    const file = join(scratch(t), "script");
    writeFileSync(file, text);
    const { status, stderr } = spawnSync(shell, ["-n", file], { encoding: "utf8" });
    assert.deepEqual([status, stderr], [0, ""]);
  });

  test(`${shell}'s completions name every command and each of its flags`, () => {
    for (const { name, flags } of tree.commands) {
      const own = text.split("\n").filter((line) => line.match(RegExp(`\\b${name}\\b`))).join("\n");
      for (const { flag } of flags) assert.ok(own.includes(flag.slice(2)), `${name} ${flag}`);
    }
  });
}

test("groff takes the manual page without a word, and it names every command and flag", {
  skip: lacking("groff"),
}, (t) => {
  const file = join(scratch(t), "opcode.1");
  writeFileSync(file, manPage(tree, "v1.2.0-3-gabc"));
  const { status, stdout, stderr } = spawnSync(
    "groff",
    ["-man", "-ww", "-Tascii", "-P-cbou", "-rLL=200n", file],
    { encoding: "utf8" },
  );
  assert.deepEqual([status, stderr], [0, ""]);
  const flat = stdout.replaceAll(/\s+/g, " ");
  for (const { usage, flags, examples } of tree.commands) {
    for (const text of [usage, ...flags.map(({ flag }) => flag)]) {
      assert.ok(flat.includes(text), text);
    }
    for (const text of examples) {
      assert.ok(flat.includes(`opcode ${text}`.replaceAll(/\s+/g, " ")), text);
    }
  }
});

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

test("every shell of the list has a script", () => {
  for (const { name, script } of SHELLS) assert.match(script(tree), /opcode/, name);
});
