// What `opcode hooks` shows of hooks, and of what has come to them.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { runCli } from "../support/cli.ts";
import { spawnDaemon, type SpawnedDaemon, suiteCleanup } from "../support/daemon.ts";
import { rest } from "../support/http.ts";

describe("opcode hooks", () => {
  const cleanup = suiteCleanup();
  let daemon: SpawnedDaemon;
  before(async () => daemon = await spawnDaemon(cleanup));
  const cli = (...args: string[]) =>
    runCli(["hooks", ...args], { env: { OPCODE_HOME: daemon.home } });
  const line = async (...args: string[]) => {
    const { code, stdout, stderr } = await cli(...args);
    assert.equal(code, 0, stderr);
    return stdout.trim();
  };

  test("lists them with what has come, and the last that were rejected", async () => {
    assert.match(await line("list"), /^no hooks yet/);
    const { status } = await rest(daemon.url, "POST", "/api/v1/templates", {
      name: "w",
      agent_id: "author",
      definition: { steps: [{ id: "a", action: "crypto.uuid" }] },
      triggers: { webhook: [{ name: "in", verify: "none", map: "{}" }] },
    });
    assert.equal(status, 201);
    assert.equal((await rest(daemon.url, "POST", "/hooks/w/in", {})).status, 202);
    const page = { origin: "http://evil.example", "x-github-delivery": "d" };
    assert.equal((await rest(daemon.url, "POST", "/hooks/w/in", {}, page)).status, 401);
    assert.match(await line("list"), /\/hooks\/w\/in +none +author +1 +0 +1/);
    assert.equal(await line("list", "nobody"), "it has no hooks");
    const log = await line("log", "w", "in");
    assert.match(log, /^\/hooks\/w\/in since .*: 1 accepted, 0 replayed, 1 rejected/);
    assert.match(log, /POST .*foreign pages are refused/);
    const { last_rejected } = JSON.parse(await line("log", "w", "in", "--json"));
    assert.equal(last_rejected.length, 1);
  });

  const BAD: Record<string, [string[], number, RegExp]> = {
    "a slip in the verb": [["lsit"], 2, /did you mean "list"/],
    "no names": [["log", "w"], 2, /TEMPLATE and NAME are required/],
    "a name too many": [["list", "w", "in"], 2, /takes no NAME/],
    "a hook that is not there": [["log", "w", "inn"], 2, /no hook "inn"; did you mean "in"/],
  };
  for (const [what, [args, code, told]] of Object.entries(BAD)) {
    test(`refuses ${what}`, async () => {
      const result = await cli(...args);
      assert.match(result.stderr, told);
      assert.equal(result.code, code, result.stderr);
    });
  }
});
