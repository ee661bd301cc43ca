// Which bytes of a list of variables are those of the secrets.

import assert from "node:assert/strict";
import { test } from "node:test";
import { valuesOf } from "../../../server/settings/own-environ.ts";

test("the values of the variables that are named, each of them, and nothing else", () => {
  const environ = Buffer.from("A=1\0KEY=secret\0KEYS=2\0XKEY=3\0KEY=again\0EMPTY=\0KEY=last");
  const found = valuesOf(environ, ["KEY", "EMPTY", "NONE"]);
  const values = found.map(({ at, length }) => environ.toString("latin1", at, at + length));
  assert.deepEqual(values, ["secret", "again", "", "last"]);
});
