// Where a whole line stands in place of a program's name.

import assert from "node:assert/strict";
import { test } from "node:test";
import { mistakenLine } from "../../../actions/shell/line.ts";

const rule = (command: string, more = {}) => mistakenLine({ command, ...more })?.rule;

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
    assert.equal(mistakenLine({ command }), undefined, command);
  }
  assert.equal(mistakenLine({ command: "ls -l", shell: true }), undefined);
  assert.equal(mistakenLine({ command: "ls -l", shell: "${{inputs.s}}" }), undefined);
  assert.equal(mistakenLine({ command: 5 }), undefined);
});
