// Whether clients go on when the daemon is restarted, and nobody restarts them.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { tokenHash } from "../../server/callers.ts";
import { type Cleanup, spawnDaemon, tempHome } from "../support/daemon.ts";
import { SDK_CLIENTS } from "../support/mcp-clients.ts";
import { mcpSession } from "../support/raw-mcp.ts";

const DEFINITION = {
  steps: [{ id: "hash", action: "crypto.hash", params: { data: "${{inputs.text}}" } }],
};

/** A port that was free a moment ago: a daemon that is restarted comes back to its own. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

async function restartable(t: Cleanup, home = tempHome(t)) {
  const port = await freePort();
  const start = () =>
    spawnDaemon(t, { home, heapMiB: 256, args: ["--listen-addr", `127.0.0.1:${port}`] });
  return { home, port, start };
}

for (const kind of SDK_CLIENTS) {
  if (kind.name.includes("stdio")) continue;
  test(`${kind.name}: works on after a restart and after kill -9`, async (t) => {
    const { start } = await restartable(t);
    let daemon = await start();
    const client = await kind.connect(daemon.url);
    const agent = { agent_id: "tester" };
    await client.call("opcode.define", { name: "hash", definition: DEFINITION, ...agent });
    for (const end of ["stop", "kill"] as const) {
      await daemon[end]();
      daemon = await start();
      const run = { template_name: "hash", params: { text: end }, ...agent };
      const { structuredContent } = await again(() => client.call("opcode.run", run));
      assert.equal(structuredContent.status, "completed", end);
      assert.equal((await client.tools()).length, 6);
    }
    await client.close();
  });
}

/**
 * A call of a client whose stream carries its answers, as /sse has it: it finds its way back within a
 * few seconds, and until then it is told to. Nothing is sent twice that was taken in.
 */
async function again<T>(call: () => Promise<T>): Promise<T> {
  for (let tries = 0;; tries++) {
    try {
      return await call();
    } catch (error) {
      if (tries === 200 || !/no such session: .*Connect again/.test((error as Error).message)) {
        throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
}

test("an id is good for its home and its agent alone, also after a restart", async (t) => {
  const home = tempHome(t);
  const tokens = { root: "root-token-of-a-test", ada: agentToken(), bob: agentToken() };
  const agents = Object.fromEntries(
    (["ada", "bob"] as const).map((name) => [name, {
      token_hash: tokenHash(tokens[name]),
      allow: ["*"],
      templates: ["*"],
    }]),
  );
  writeFileSync(join(home, "settings.json"), JSON.stringify({ auth_token: tokens.root, agents }), {
    mode: 0o600,
  });
  const { start } = await restartable(t, home);
  const first = await start();
  const session = await mcpSession(first.url, tokens.ada);
  await first.kill();
  const second = await start();
  const ping = async (url: string, token: string, id = session["mcp-session-id"]!) => {
    const headers = { ...session, "mcp-session-id": id, authorization: `Bearer ${token}` };
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ping" });
    const response = await fetch(`${url}/mcp`, { method: "POST", headers, body });
    return [response.status, (await response.json()).error?.message];
  };
  const unknown = [404, "no such session: initialize again"];
  assert.deepEqual(await ping(second.url, tokens.bob), unknown);
  assert.deepEqual(await ping(second.url, tokens.root), unknown);
  assert.deepEqual(await ping(second.url, tokens.ada, crypto.randomUUID()), unknown);
  assert.deepEqual(await ping(second.url, tokens.ada), [200, undefined]);
  assert.deepEqual(await ping(second.url, tokens.bob), unknown, "once it is open");
  const elsewhere = tempHome(t);
  writeFileSync(
    join(elsewhere, "settings.json"),
    JSON.stringify({ auth_token: tokens.root, agents }),
    { mode: 0o600 },
  );
  const other = await spawnDaemon(t, { home: elsewhere, heapMiB: 256 });
  assert.deepEqual(await ping(other.url, tokens.ada), unknown);
});

function agentToken(): string {
  return `oca_${randomBytes(32).toString("base64url")}`;
}
