// Whether templates that use a secret are found, wherever in them it stands.

import assert from "node:assert/strict";
import { test } from "node:test";
import { secretUsers } from "../../panel/secret-use.ts";

const row = (name: string, definition: object, triggers?: object) => ({
  ...{ name, version: "v1", definition, agent_id: "a", created_at: "" },
  ...(triggers && { triggers }),
});

test("reads in a definition, and the secrets of hooks and callbacks", () => {
  const users = secretUsers([
    row("one", {
      steps: [{ params: { a: "Bearer ${{secrets.API.KEY-1}}", b: "${{ secrets.B }}" } }],
    }),
    row("two", { inputs: { b: "${{secrets.B}}" }, steps: [] }, {
      webhook: [{ name: "w", secret: "HOOK" }],
      notify: { secret: "SIGN" },
    }),
    row("none", { steps: [{ params: { secret: "text", of: "mysecrets.X" } }] }),
  ]);
  assert.deepEqual(Object.fromEntries(users), {
    "API.KEY-1": ["one"],
    B: ["one", "two"],
    HOOK: ["two"],
    SIGN: ["two"],
  });
});
