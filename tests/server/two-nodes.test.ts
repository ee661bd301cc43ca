// Whether two daemons on one database have one vault: over REST, as a client sees it that a balancer sends to either.

import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { startTestDaemon } from "../support/daemon.ts";
import { defineTemplate, rest } from "../support/http.ts";
import { postgresDatabase } from "../support/postgres.ts";

const KEY = `hex:${"ab".repeat(32)}`;
const OTHER_KEY = `hex:${"cd".repeat(32)}`;

const USE = [{
  id: "use",
  action: "assert.equals",
  params: { actual: "${{secrets.TOKEN}}", expected: "s3cret-value" },
}];

async function startTwo(t: TestContext) {
  const database = await postgresDatabase();
  t.after(() => database.remove());
  const start = (vaultKey?: string) =>
    startTestDaemon(t, {
      settings: { store_url: database.url },
      ...(vaultKey !== undefined && { vaultKey }),
    });
  return { a: await start(KEY), b: await start(), start };
}

test("a secret that is stored by way of one is used by the other, which has the same key or none", async (t) => {
  const { a, b, start } = await startTwo(t);
  const unlock = (key: string) => rest(b.url, "POST", "/api/v1/vault/unlock", { key });
  const wrong = await unlock(OTHER_KEY);
  assert.deepEqual([wrong.status, wrong.body.error.code], [409, "VAULT_ERROR"]);
  await assert.rejects(start(OTHER_KEY), {
    code: "VAULT_ERROR",
    message: /does not open the vault/,
  });
  assert.equal((await unlock(KEY)).status, 200);
  await defineTemplate(b.url, "use", USE);
  const set = await rest(a.url, "PUT", "/api/v1/secrets/TOKEN", { value: "s3cret-value" });
  assert.equal(set.status, 201);
  const run = { template_name: "use", agent_id: "test", wait_ms: 20_000 };
  assert.equal((await rest(b.url, "POST", "/api/v1/runs", run)).body.status, "completed");
  const listed = await rest(b.url, "GET", "/api/v1/secrets");
  assert.deepEqual(listed.body.secrets.map(({ name }: { name: string }) => name), ["TOKEN"]);
  const rekey = () => rest(a.url, "POST", "/api/v1/vault/rekey", { key: OTHER_KEY });
  const refused = await rekey();
  assert.deepEqual([refused.status, refused.body.error.code], [409, "CONFLICT"]);
  assert.match(refused.body.error.message, /no other daemon.*: stop process \d+ on .* first, and/);
  await b.close();
  assert.equal((await rekey()).status, 200);
  const next = await start(OTHER_KEY);
  assert.equal((await rest(next.url, "POST", "/api/v1/runs", run)).body.status, "completed");
});
