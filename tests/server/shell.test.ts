// What a daemon gives the programs of its workflows: the limits of its settings, and no secret.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "../../core/json.ts";
import type { SettingName } from "../../server/settings/keys.ts";
import { spawnDaemon, startTestDaemon } from "../support/daemon.ts";
import { defineTemplate, rest } from "../support/http.ts";

async function run(url: string, params: JsonObject, headers = {}): Promise<any> {
  const step = { id: "sh", type: "action", action: "shell.exec", params };
  await defineTemplate(url, "sh", [step], headers);
  const { body } = await rest(url, "POST", "/api/v1/runs", {
    template_name: "sh",
    agent_id: "tester",
    wait_ms: 60_000,
  }, headers);
  return body;
}

async function exec(url: string, params: JsonObject, headers = {}): Promise<any> {
  const body = await run(url, params, headers);
  assert.equal(body.status, "completed", JSON.stringify(body));
  return body.output;
}

/** The error of the step itself. */
async function failureOf(url: string, params: JsonObject): Promise<any> {
  const { error } = await run(url, params);
  return error.details.cause;
}

test("the settings of shell.exec hold for the runs of the daemon", async (t) => {
  const settings: Partial<Record<SettingName, string>> = {
    "shell.default_timeout": "1s",
    "shell.max_output": "1024",
  };
  const { url } = await startTestDaemon(t, { settings });
  const { code, details } = await failureOf(url, { command: "yes" });
  assert.deepEqual([code, details.limit], ["TIMEOUT_ERROR", "shell.default_timeout"]);
  assert.deepEqual([details.killed, details.exit_code], [true, -1]);
  assert.deepEqual([details.stdout.length, details.stdout_truncated], [1024, true]);
});

test("no program inherits a secret of the daemon's", async (t) => {
  const env = {
    OPCODE_VAULT_KEY: "hush-hush-vault",
    OPCODE_AUTH_TOKEN: "hush-token",
    A_TEST: "seen",
  };
  const { url } = await spawnDaemon(t, { env });
  const authorization = `Bearer ${env.OPCODE_AUTH_TOKEN}`;
  const { stdout } = await exec(url, { command: "env" }, { authorization });
  assert.match(stdout, /^A_TEST=seen$/m);
  assert.doesNotMatch(stdout, /hush|OPCODE_VAULT_KEY|OPCODE_AUTH_TOKEN/);
});
