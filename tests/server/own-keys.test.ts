// Whether what one daemon has signed is good on another of the same database, and on none of another one.

import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { loadPanel } from "../../cli/panel/load.ts";
import { tokenHash } from "../../server/callers.ts";
import { startTestDaemon, tempHome } from "../support/daemon.ts";
import { defineTemplate, rest } from "../support/http.ts";
import { postgresDatabase } from "../support/postgres.ts";
import { mcpSession } from "../support/raw-mcp.ts";

const BASE = "https://decide.example/opcode";
const ADMIN = "an-admin-token-of-some-length";
const AGENT = `oca_${"a".repeat(43)}`;
const ASK = [{
  id: "gate",
  type: "reasoning",
  config: { prompt_context: "Ship?", options: [{ id: "yes" }] },
}];
const as = (token: string) => ({ authorization: `Bearer ${token}` });

/** A daemon with a data directory of its own. */
async function start(t: TestContext, store_url: string) {
  const home = tempHome(t);
  const agents = { ann: { token_hash: tokenHash(AGENT), allow: ["*"], templates: ["*"] } };
  const settings = { auth_token: ADMIN, agents, base_url: BASE, panel: true };
  writeFileSync(join(home, "settings.json"), JSON.stringify(settings), { mode: 0o600 });
  return await startTestDaemon(t, { home, panel: loadPanel, settings: { store_url } });
}

async function database(t: TestContext): Promise<string> {
  const made = await postgresDatabase();
  t.after(() => made.remove());
  return made.url;
}

/** What a daemon hands out that it has signed. */
async function signed(url: string) {
  const admin = as(ADMIN);
  await defineTemplate(url, "ship", ASK, admin);
  for (let i = 0; i < 2; i++) {
    const run = { template_name: "ship", wait_ms: 10_000 };
    assert.equal((await rest(url, "POST", "/api/v1/runs", run, as(AGENT))).status, 200);
  }
  const { decisions } = (await rest(url, "GET", "/api/v1/decisions", undefined, admin)).body;
  const { decision_id } = decisions[0];
  const link = await rest(url, "POST", `/api/v1/decisions/${decision_id}/link`, {}, admin);
  const login = await rest(url, "POST", "/login", { token: ADMIN });
  const page = await rest(url, "GET", "/api/v1/runs?limit=1", undefined, as(AGENT));
  return {
    link: link.body.url.slice(BASE.length) as string,
    cookie: login.headers.get("set-cookie")!.split(";")[0]!,
    cursor: page.body.next_cursor as string,
    session: await mcpSession(url, AGENT),
  };
}

/** How another daemon answers to it. */
async function answers(
  url: string,
  { link, cookie, cursor, session }: Awaited<ReturnType<typeof signed>>,
) {
  const ping = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ping" });
  const at = `/api/v1/runs?limit=1&cursor=${encodeURIComponent(cursor)}`;
  const statuses = [
    fetch(url + link),
    fetch(`${url}/workflows`, { headers: { cookie } }),
    fetch(url + at, { headers: as(AGENT) }),
    fetch(`${url}/mcp`, { method: "POST", headers: session, body: ping }),
  ];
  return (await Promise.all(statuses)).map(({ status }) => status);
}

test("links, cookies, cursors and sessions of one daemon are good on the next of its database", async (t) => {
  const store = await database(t);
  const first = await start(t, store);
  const handed = await signed(first.url);
  assert.deepEqual(await answers(first.url, handed), [200, 200, 200, 200]);
  const second = await start(t, store);
  assert.deepEqual(await answers(second.url, handed), [200, 200, 200, 200]);
  const files = [first.home, second.home].map((home) => existsSync(join(home, "session.key")));
  assert.deepEqual(files, [false, false], "the key is nowhere else");
  const stranger = await start(t, await database(t));
  assert.deepEqual(await answers(stranger.url, handed), [404, 401, 400, 404]);
});
