// What is left of the environment once the daemon has its secrets.

import assert from "node:assert/strict";
import { test } from "node:test";
import { childEnvironment, takeSecrets } from "../../../server/settings/environment.ts";

test("secrets are taken out and never handed to children", () => {
  const env = { PATH: "/bin", OPCODE_VAULT_KEY: "v", OPCODE_AUTH_TOKEN: "t", OPCODE_HOME: "/h" };
  assert.deepEqual(childEnvironment(env), { PATH: "/bin", OPCODE_HOME: "/h" });
  assert.deepEqual(takeSecrets(env), { OPCODE_VAULT_KEY: "v", OPCODE_AUTH_TOKEN: "t" });
  assert.deepEqual(env as object, { PATH: "/bin", OPCODE_HOME: "/h" });
});
