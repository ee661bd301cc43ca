// Whether a template is put away and taken back over the command line and REST, and deliveries are told to come later.

import assert from "node:assert/strict";
import { test } from "node:test";
import { startTestDaemon } from "../support/daemon.ts";
import { rest } from "../support/http.ts";
import { keptCli } from "../support/kept-cli.ts";

const WORKFLOW = {
  name: "w",
  agent_id: "author",
  definition: { steps: [{ id: "a", action: "crypto.uuid" }] },
  triggers: {
    cron: [{ name: "nightly", expression: "0 2 * * *" }],
    webhook: [{ name: "in", verify: "none" }],
  },
};

test("archive and unarchive", async (t) => {
  const { url } = await startTestDaemon(t);
  const kept = keptCli(t, { env: {} });
  const cli = (...args: string[]) => kept([...args, "--url", url]);
  assert.equal((await rest(url, "POST", "/api/v1/templates", WORKFLOW)).status, 201);
  const done = await cli("archive", "w");
  assert.deepEqual([done.code, done.stdout], [0, "w is archived\n"], done.stderr);
  assert.match(done.stderr, /^schedule w\.nightly: paused$/m);
  assert.match(done.stderr, /it is taken back by: .*unarchive w$/m);

  assert.match((await cli("templates")).stdout, /^all templates are archived; .*--archived/);
  assert.match((await cli("templates", "--archived")).stdout, /^w\s+v1/m);
  assert.match((await cli("templates", "w")).stderr, /^archived since \S+Z; it is taken back by/m);
  const refused = await cli("run", "w");
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /template "w" is archived since .*unarchive "w"/);
  const listed = await rest(url, "GET", "/api/v1/templates?archived=true");
  assert.deepEqual(listed.body.templates.map((row: any) => row.name), ["w"]);
  const { hooks: [hook] } = (await rest(url, "GET", "/api/v1/hooks")).body;
  assert.equal(hook.archived, true);
  const delivered = await rest(url, "POST", "/hooks/w/in", {});
  assert.deepEqual([delivered.status, delivered.body.error.code], [503, "BUSY"]);
  assert.ok(Number(delivered.headers.get("retry-after")) > 0);

  const back = await rest(url, "POST", "/api/v1/templates/w/unarchive", { agent_id: "a" });
  const { name, archived, resumed_schedules } = back.body;
  assert.deepEqual([name, archived, resumed_schedules], ["w", false, ["w.nightly"]]);
  assert.equal((await rest(url, "POST", "/hooks/w/in", {})).status, 202);
  assert.equal((await rest(url, "GET", "/api/v1/hooks")).body.hooks[0].archived, undefined);
  const again = await cli("unarchive", "w", "--json");
  assert.deepEqual(JSON.parse(again.stdout), { name: "w", archived: false, unchanged: true });
  const slip = await rest(url, "POST", "/api/v1/templates/w/archive", { agent: "a" });
  assert.match(slip.body.error.message, /^agent: is not a known field/);
});
