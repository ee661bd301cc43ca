// How commands that are told are written: all of them as the program was called.

import assert from "node:assert/strict";
import { test } from "node:test";
import { errorText } from "../../core/errors.ts";
import { keyless, locked, noSecret } from "../../engine/vault/errors.ts";
import { CALLED } from "../../cli/called.ts";
import { asCalled } from "../../cli/hint.ts";
import { readableLine } from "../../cli/log-line.ts";
import { progressLine } from "../../cli/progress.ts";
import type { EventReport } from "../../engine/api.ts";

test("commands in what the daemon says are written as this program was called", () => {
  for (const error of [locked("secrets.x"), keyless("secrets.x"), noSecret("x")]) {
    const told = errorText(error.toJSON());
    assert.match(told, /"opcode secret /);
    const payload = { error: error.toJSON() };
    const event = { id: "1", workflow_id: "w", step_id: "a", event_type: "step_failed", payload };
    const line = progressLine(event as unknown as EventReport, false)!;
    assert.ok(line.includes(`"${CALLED} secret `), line);
    assert.doesNotMatch(line.replaceAll(CALLED, ""), /opcode secret/);
  }
  const id = "01a22682-c52b-7068-b67a-f62ef29d0dab";
  const hint =
    `not known: opcode signal ${id} retry --step a, or opcode signal ${id} skip --step a`;
  const line = readableLine(JSON.stringify({ time: "t", level: "warn", msg: "m", hint }));
  assert.equal(line.split(`${CALLED} signal ${id}`).length, 3, line);
});

test("what else speaks of opcode is left as it is", () => {
  for (
    const text of ["opcode secret unlock", "see opcode signal", '"opcode run x"', "opcode's own"]
  ) {
    assert.equal(asCalled(text), text);
  }
});
