// How command lines are normalised before they are parsed.

import assert from "node:assert/strict";
import { test } from "node:test";
import { readArgv } from "../../cli/argv.ts";
import { buildProgram } from "../../cli/program.ts";

const read = (line: string) => readArgv(line.split(" ").filter(Boolean), buildProgram(() => {}));
const words = (line: string) => read(line).words.join(" ");

test("one dash before a long name means two", () => {
  assert.equal(words("serve -pool-size=3 -log-level warn"), "serve --pool-size=3 --log-level warn");
  assert.equal(words("logs -follow -h"), "logs --follow -h");
  assert.equal(words("serve -http.max=1"), "serve --http.max=1");
});

test("a switch alone or with a boolean after =; only a setting's may follow as the next word", () => {
  assert.equal(words("status --json=true r"), "status --json r");
  assert.equal(words("-json=false status r"), "status r");
  assert.equal(words("run x --wait=0"), "run x --no-wait");
  assert.equal(words("run x --no-wait=F"), "run x --wait");
  assert.equal(words("serve --panel extra"), "serve --panel=true extra");
  assert.equal(words("serve -panel=false"), "serve --panel=false");
  assert.equal(words("serve --shell-enabled false"), "serve --shell-enabled=false");
  assert.equal(words("--panel 1 --pool-size 3"), "serve --panel=1 --pool-size 3");
  assert.equal(words("status --json true"), "status --json true");
  assert.throws(() => read("logs --follow=maybe"), {
    message: '--follow: must be true or false, got "maybe"',
  });
});

test("what belongs to a flag as its value stays as it is", () => {
  assert.equal(
    words("run x --param -key=v -param -json=1"),
    "run x --param -key=v --param -json=1",
  );
  assert.equal(words("query events --limit -5"), "query events --limit -5");
  assert.equal(words("-agent -me status r"), "--agent -me status r");
});

test("what follows -- is left alone", () => {
  assert.equal(words("run -- -name --json=1"), "run -- -name --json=1");
});

test("the command is the first word that is no flag and no flag's value", () => {
  assert.equal(read("--url http://x --json status r").command, "status");
  assert.equal(read("frobnicate").command, "frobnicate");
});

test("without a command, the daemon's flags are flags of serve", () => {
  assert.deepEqual(read(""), { command: "serve", words: ["serve"] });
  assert.deepEqual(read("-panel"), { command: "serve", words: ["serve", "--panel=true"] });
  assert.deepEqual(read("--json"), { command: "serve", words: ["serve", "--json"] });
  assert.equal(words("--pool-size 3 run"), "serve --pool-size 3 run");
  assert.deepEqual(read("--help"), { command: undefined, words: ["--help"] });
});
