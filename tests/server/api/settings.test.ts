// What the daemon tells of itself and of its settings, and to whom.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { tokenHash } from "../../../server/callers.ts";
import { SETTING_NAMES } from "../../../server/settings/keys.ts";
import { startTestDaemon, tempHome } from "../../support/daemon.ts";
import { rest } from "../../support/http.ts";

const AGENT = `oca_${"a".repeat(43)}`;

test("each setting is told with its place, a token only that there is one, and agents are told nothing", async (t) => {
  const home = tempHome(t);
  const agents = { ann: { token_hash: tokenHash(AGENT), allow: ["fs.*"], templates: ["a"] } };
  writeFileSync(join(home, "settings.json"), JSON.stringify({ agents, pool_size: 7 }));
  const settings = { auth_token: "s3cret-token", log_level: "warn" };
  const { url } = await startTestDaemon(t, { home, settings });
  const as = (token: string, path = "/settings") =>
    rest(url, "GET", `/api/v1${path}`, undefined, { authorization: `Bearer ${token}` });
  const { status, body } = await as("s3cret-token");
  assert.equal(status, 200);
  assert.deepEqual(body.settings.map(({ name }: { name: string }) => name), [...SETTING_NAMES]);
  const row = (name: string) => body.settings.find((one: { name: string }) => one.name === name);
  const told = ["auth_token", "pool_size", "log_level", "max_steps"].map((name) => {
    const { value, from } = row(name);
    return [value, from];
  });
  assert.deepEqual(told, [
    ["(set)", "--auth-token"],
    [7, join(home, "settings.json")],
    ["warn", "--log-level"],
    [10_000, "default"],
  ]);
  assert.deepEqual(body.agents, [
    { name: "ann", allow: ["fs.*"], templates: ["a"], decide: "own" },
  ]);
  assert.deepEqual([body.status, body.version, body.home, body.pid], [
    "ok",
    "test",
    home,
    process.pid,
  ]);
  assert.doesNotMatch(JSON.stringify(body), /s3cret-token|sha256:/);
  const refused = await as(AGENT);
  assert.deepEqual([refused.status, refused.body.error.code], [403, "PERMISSION_DENIED"]);
  assert.equal((await as("s3cret-token", "/settings?name=x")).status, 400);
});
