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

test("what names a secret's file, an agent's token, or holds a secret under another name is left out, too", () => {
  const env = {
    PATH: "/bin",
    OPCODE_VAULT_KEY_FILE: "/k",
    OPCODE_AUTH_TOKEN_FILE: "/t",
    OPCODE_AGENT_TOKEN: "a",
    OPCODE_AGENT_TOKEN_FILE: "/a",
    DEPLOY_TOKEN: "s3cret-token",
    ARGS: "--auth-token=s3cret-token --x",
    SHELL: "/bin/sh",
  };
  const left = { PATH: "/bin", SHELL: "/bin/sh" };
  assert.deepEqual(childEnvironment(env, ["s3cret-token", ""]), left);
  // A token as short as a word would take innocent variables away.
  assert.deepEqual(childEnvironment({ PATH: "/bin" }, ["bin"]), { PATH: "/bin" });
});
