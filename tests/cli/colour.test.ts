// When output may have colours.

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { useColour } from "../../cli/colour.ts";

const { NO_COLOR, TERM } = process.env;
const set = (name: string, value: string | undefined) => {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
};

afterEach(() => {
  set("NO_COLOR", NO_COLOR);
  set("TERM", TERM);
});

test("on a terminal, unless NO_COLOR has a value or the terminal is dumb", () => {
  set("TERM", "xterm");
  set("NO_COLOR", undefined);
  assert.equal(useColour({ isTTY: true }), true);
  assert.equal(useColour({}), false);
  set("NO_COLOR", "");
  assert.equal(useColour({ isTTY: true }), true);
  set("NO_COLOR", "1");
  assert.equal(useColour({ isTTY: true }), false);
  set("NO_COLOR", undefined);
  set("TERM", "dumb");
  assert.equal(useColour({ isTTY: true }), false);
});
