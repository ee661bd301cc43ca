// What a workflow's program finds of the daemon's secrets: nothing in its environment, nothing by fs actions.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { spawnDaemon, tempHome } from "../support/daemon.ts";
import { defineTemplate, rest } from "../support/http.ts";

const TOKEN = "s3cret-token-of-the-daemon";
const KEY = "a passphrase of the vault";

const STEPS = [
  { id: "env", action: "shell.exec", params: { command: "env" } },
  {
    id: "environ",
    action: "shell.exec",
    params: { command: "cat", args: ["/proc/${{inputs.pid}}/environ"] },
  },
  {
    id: "read",
    action: "fs.read",
    params: { path: "${{inputs.file}}" },
    on_error: { strategy: "ignore" },
  },
];

for (const byFile of [true, false]) {
  test(`a program's environment holds neither token nor key, given by ${byFile ? "files" : "variables"}`, async (t) => {
    const home = tempHome(t);
    const files = tempHome(t);
    const [token, key] = [join(files, "token"), join(files, "key")];
    writeFileSync(token, `${TOKEN}\n`, { mode: 0o600 });
    writeFileSync(key, `${KEY}\n`, { mode: 0o600 });
    const { url, log, pid } = await spawnDaemon(t, {
      home,
      env: {
        ...(byFile
          ? { OPCODE_AUTH_TOKEN_FILE: token, OPCODE_VAULT_KEY_FILE: key }
          : { OPCODE_AUTH_TOKEN: TOKEN, OPCODE_VAULT_KEY: KEY }),
        COPY_OF_IT: `Bearer ${TOKEN}`,
        LEFT_ALONE: "yes",
      },
    });
    const auth = { authorization: `Bearer ${TOKEN}` };
    assert.equal((await rest(url, "GET", "/api/v1/runs")).status, 401);
    await defineTemplate(url, "w", STEPS, auth);
    const request = {
      template_name: "w",
      agent_id: "a",
      wait_ms: 20_000,
      params: { file: token, pid },
    };
    const { body } = await rest(url, "POST", "/api/v1/runs", request, auth);
    const { stdout } = body.steps.env.output;
    assert.match(stdout, /^LEFT_ALONE=yes$/m);
    assert.doesNotMatch(stdout, /OPCODE_(AUTH_TOKEN|VAULT_KEY|AGENT_TOKEN)|COPY_OF_IT/);
    assert(!stdout.includes(TOKEN) && !stdout.includes(KEY));
    const read = body.steps.read;
    // Not in what the system shows of the daemon either.
    const environ = body.steps.environ.output;
    assert.match(environ.stdout, /LEFT_ALONE=yes/);
    assert.doesNotMatch(environ.stdout, /OPCODE_(AUTH_TOKEN|VAULT_KEY)(_FILE)?=[^\0]/);
    assert(!environ.stdout.includes(KEY));
    if (byFile) assert.equal(read.error.code, "PATH_DENIED", JSON.stringify(read));
    assert(!log().includes(TOKEN) && !log().includes(KEY));
  });
}

test("--auth-token works and warns that it is seen in the list of processes; --auth-token-file does not", async (t) => {
  const file = join(tempHome(t), "token");
  writeFileSync(file, TOKEN, { mode: 0o600 });
  const flag = await spawnDaemon(t, { args: ["--auth-token", TOKEN] });
  assert.match(flag.log(), /"level":"warn","msg":"--auth-token: everybody on this machine/);
  assert(!flag.log().includes(TOKEN));
  const quiet = await spawnDaemon(t, { args: ["--auth-token-file", file] });
  assert.doesNotMatch(quiet.log(), /list of processes/);
  for (const { url } of [flag, quiet]) {
    assert.equal((await rest(url, "GET", "/api/v1/runs")).status, 401);
    const auth = { authorization: `Bearer ${TOKEN}` };
    assert.equal((await rest(url, "GET", "/api/v1/runs", undefined, auth)).status, 200);
  }
});
