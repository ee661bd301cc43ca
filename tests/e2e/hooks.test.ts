// What deliveries come to over kill -9, and what `opcode hooks` shows of them.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { CALLED, runCli } from "../support/cli.ts";
import { spawnDaemon, type SpawnedDaemon, suiteCleanup, tempHome } from "../support/daemon.ts";
import { rest } from "../support/http.ts";
import { type KeptCli, keptCli } from "../support/kept-cli.ts";

const KILLS = Number(process.env.KILLS ?? 2);
const DELIVERIES = 60;

test(`what is acknowledged over ${KILLS} kills has its run, and what is sent again has no second`, {
  timeout: 600_000,
}, async (t) => {
  const home = tempHome(t);
  let daemon = await spawnDaemon(t, { home });
  const triggers = { webhook: [{ name: "in", verify: "none", map: "{n: .body.n}" }] };
  const steps = [{ id: "a", action: "crypto.hash", params: { data: "${{inputs.n}}" } }];
  const template = { name: "w", agent_id: "author", definition: { steps }, triggers };
  assert.equal((await rest(daemon.url, "POST", "/api/v1/templates", template)).status, 201);
  /** By delivery, what it was answered with. */
  const answered = new Map<number, string>();
  const deliver = async (n: number) => {
    const headers = { "idempotency-key": `d${n}` };
    const { status, body } = await rest(daemon.url, "POST", "/hooks/w/in", { n }, headers);
    assert.equal(status, 202, JSON.stringify(body));
    const before = answered.get(n);
    if (before !== undefined) assert.equal(body.workflow_id, before, "the first answer");
    answered.set(n, body.workflow_id);
  };
  for (let kill = 0; kill < KILLS; kill++) {
    const some = Math.floor(DELIVERIES / (kill + 2));
    const sent = Array.from({ length: DELIVERIES }, (_, n) =>
      deliver(n).catch((error) => {
        if (error instanceof assert.AssertionError) throw error;
      }));
    while (answered.size < some) await new Promise((resolve) => setImmediate(resolve));
    await daemon.kill();
    await Promise.all(sent);
    daemon = await spawnDaemon(t, { home });
  }
  for (let n = 0; n < DELIVERIES; n++) await deliver(n);
  const { body } = await rest(daemon.url, "GET", "/api/v1/runs?limit=1000");
  assert.equal(body.runs.length, DELIVERIES);
  assert.deepEqual(
    body.runs.map((run: { input_params: { n: number } }) => run.input_params.n).sort(
      (a: number, b: number) => a - b,
    ),
    Array.from({ length: DELIVERIES }, (_, n) => n),
  );
});

describe("opcode hooks", () => {
  const cleanup = suiteCleanup();
  let daemon: SpawnedDaemon;
  let kept: KeptCli;
  before(async () => {
    daemon = await spawnDaemon(cleanup);
    kept = keptCli(cleanup, { env: { OPCODE_HOME: daemon.home } });
  });
  const cli = (...args: string[]) => kept(["hooks", ...args]);
  const line = async (...args: string[]) => {
    const { code, stdout, stderr } = await cli(...args);
    assert.equal(code, 0, stderr);
    return stdout.trim();
  };

  const steps = [{ id: "a", action: "crypto.uuid" }];

  test("lists them with what has come, and the last that were rejected", async () => {
    assert.match(await line("list"), /^no hooks yet/);
    const { status } = await rest(daemon.url, "POST", "/api/v1/templates", {
      name: "w",
      agent_id: "author",
      definition: { steps },
      triggers: { webhook: [{ name: "in", verify: "none", map: "{}" }] },
    });
    assert.equal(status, 201);
    assert.equal((await rest(daemon.url, "POST", "/hooks/w/in", {})).status, 202);
    const page = { origin: "http://evil.example", "x-github-delivery": "d" };
    assert.equal((await rest(daemon.url, "POST", "/hooks/w/in", {}, page)).status, 401);
    assert.match(await line("list"), /\/hooks\/w\/in +none +author +1 +0 +1/);
    const bare = { name: "bare", agent_id: "author", definition: { steps } };
    assert.equal((await rest(daemon.url, "POST", "/api/v1/templates", bare)).status, 201);
    assert.equal(await line("list", "bare"), "it has no hooks");
    const log = await line("log", "w", "in");
    assert.match(log, /^\/hooks\/w\/in since .*: 1 accepted, 0 replayed, 1 rejected/);
    assert.match(log, /POST .*foreign pages are refused/);
    const { last_rejected } = JSON.parse(await line("log", "w", "in", "--json"));
    assert.equal(last_rejected.length, 1);
  });

  test("test tells what a delivery would come to, and starts nothing", async () => {
    const { body } = await rest(daemon.url, "POST", "/api/v1/templates", {
      name: "shaped",
      agent_id: "author",
      definition: { steps: [{ id: "a", action: "crypto.uuid" }] },
      input_schema: { properties: { n: { type: "integer" } }, required: ["n"] },
      triggers: { webhook: [{ name: "in", verify: "none", map: "{n: .body.n}" }] },
    });
    assert.equal(body.name, "shaped");
    const env = { OPCODE_HOME: daemon.home };
    const tested = (input: string, ...more: string[]) =>
      runCli(["hooks", "test", "shaped", "in", "--body", "-", ...more], { env, input });
    const well = await tested('{"n":7}', "--header", "webhook-id=d7", "--query", "a=b");
    assert.deepEqual([well.code, well.stdout], [
      0,
      "it would start a run; nothing was started\n" +
      'signature  not asked for (none)\ndelivery   d7\nparams     {"n":7}\n',
    ], well.stderr);
    const bad = await tested('{"n":"x"}');
    assert.equal(bad.code, 1);
    assert.match(bad.stdout, /^it would be refused; nothing was started$/m);
    assert.match(bad.stderr, /^error: \[VALIDATION_ERROR\] params\.n: /m);
    const { error } = JSON.parse((await tested("{", "--json")).stdout);
    assert.equal(error.details.path, "body");
    const { runs } = (await rest(daemon.url, "GET", "/api/v1/runs?template_name=shaped")).body;
    assert.deepEqual(runs, []);
  });

  test("what is to be done about a rejected one is written as the program was called", async () => {
    const triggers = { webhook: [{ name: "in", verify: "github", secret: "MISSING", map: "{}" }] };
    const locked = { name: "locked", agent_id: "author", definition: { steps }, triggers };
    await rest(daemon.url, "POST", "/api/v1/templates", locked);
    const headers = { "x-hub-signature-256": `sha256=${"0".repeat(64)}`, "x-github-delivery": "d" };
    await rest(daemon.url, "POST", "/hooks/locked/in", {}, headers);
    const log = await line("log", "locked", "in");
    assert.ok(log.includes(`"${CALLED} secret `), log);
  });

  const BAD: Record<string, [string[], number, RegExp]> = {
    "a flag of another verb": [["list", "--body", "x"], 2, /--body: has no meaning for hooks list/],
    "a file that is not there": [["test", "w", "in", "--body", "/no/file"], 2, /cannot be read/],
    "no names to test": [["test", "w"], 2, /TEMPLATE and NAME are required/],
    "a slip in the verb": [["lsit"], 2, /did you mean "list"/],
    "no names": [["log", "w"], 2, /TEMPLATE and NAME are required/],
    "a name too many": [["list", "w", "in"], 2, /takes no NAME/],
    "a template that is not there": [["list", "nobody"], 2, /template "nobody" not found/],
    "a hook of one": [["log", "nobody", "in"], 2, /template "nobody" not found/],
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
