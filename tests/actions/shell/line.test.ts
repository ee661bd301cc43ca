// Where a whole line stands in place of a program's name.

import assert from "node:assert/strict";
import { test } from "node:test";
import { mistakenLine } from "../../../actions/shell/line.ts";

const rule = (command: string, more = {}) => mistakenLine({ command, ...more })[0]?.rule;

test("a line is told what becomes of its words", () => {
  assert.equal(
    rule("ls -l /tmp"),
    'is one program, not a line: write "command": "ls", "args": ["-l", "/tmp"], or "shell": true',
  );
  for (const line of ["echo hi | wc -c", "a && b", "echo $HOME", "ls *.txt"]) {
    assert.match(
      rule(line)!,
      /write "command": "sh", "args": \["-c", "…"\] or "shell": true$/,
      line,
    );
  }
  assert.ok(rule("ls -l", { args: ["x"] }), "also beside args");
});

test("a name, a path with blanks, a line for a shell and what is not known yet are no mistake", () => {
  for (const command of ["ls", " ls ", "/opt/My App/run", "./a b", "${{inputs.x}} -l"]) {
    assert.deepEqual(mistakenLine({ command }), [], command);
  }
  assert.deepEqual(mistakenLine({ command: "ls -l", shell: true }), []);
  assert.deepEqual(mistakenLine({ command: "ls -l", shell: "${{inputs.s}}" }), []);
  assert.deepEqual(mistakenLine({ command: 5 }), []);
});
