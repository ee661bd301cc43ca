// Whether callbacks reach a real receiver from a real daemon: signed, in order, and over kill -9.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import type { JsonObject } from "../../core/json.ts";
import { afterwards, spawnDaemon, tempHome } from "../support/daemon.ts";
import { type Cleanup } from "../support/daemon.ts";
import { keptCli } from "../support/kept-cli.ts";
import { rest } from "../support/http.ts";

const KEY = `hex:${"03".repeat(32)}`;
const SECRET = "callback secret";

interface Call {
  headers: Record<string, string>;
  text: string;
  body: JsonObject;
}

/** Hears what comes; `answer` decides what of it is answered, and how. */
async function receiver(
  t: Cleanup,
  options: { port?: number; answer?: (call: Call, response: ServerResponse) => void } = {},
) {
  const calls: Call[] = [];
  const waiting: (() => void)[] = [];
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const chunk of request.setEncoding("utf8")) text += chunk;
    const call = {
      headers: request.headers as Record<string, string>,
      text,
      body: JSON.parse(text) as JsonObject,
    };
    calls.push(call);
    if (options.answer) options.answer(call, response);
    else response.end();
    for (const wake of waiting.splice(0)) wake();
  });
  server.listen(options.port ?? 0, "127.0.0.1");
  await once(server, "listening");
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  afterwards(t, close);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/in`,
    calls,
    close,
    /** Resolves when so many have come. */
    async heard(count: number) {
      while (calls.length < count) await new Promise<void>((wake) => waiting.push(wake));
    },
  };
}

const LIMIT = { timeout: 120_000 };

async function daemonFor(t: Cleanup, home: string, env: Record<string, string> = {}) {
  const daemon = await spawnDaemon(t, { home, env: { OPCODE_VAULT_KEY: KEY, ...env } });
  const ask = async (method: string, path: string, body?: unknown) => {
    const answer = await rest(daemon.url, method, `/api/v1${path}`, body);
    assert.ok(answer.status < 300, JSON.stringify(answer.body));
    return answer.body;
  };
  return { daemon, ask };
}

type Ask = Awaited<ReturnType<typeof daemonFor>>["ask"];

async function defineFor(ask: Ask, url: string, steps: JsonObject[]): Promise<void> {
  await ask("PUT", "/secrets/CALLBACK", { value: SECRET });
  await ask("POST", "/templates", {
    name: "w",
    agent_id: "author",
    definition: { steps },
    triggers: {
      notify: { url, events: ["completed", "failed", "suspended"], secret: "CALLBACK" },
    },
  });
}

function assertSigned({ headers, text }: Call): void {
  const time = headers["opcode-timestamp"]!;
  const expected = createHmac("sha256", SECRET).update(`${time}.${text}`).digest("hex");
  assert.equal(headers["opcode-signature"], `sha256=${expected}`);
}

const ID = [{ id: "id", action: "crypto.uuid" }];

test("a callback comes signed, and nothing is told of it in the log", LIMIT, async (t) => {
  const { ask, daemon } = await daemonFor(t, tempHome(t));
  const { url, calls, heard } = await receiver(t);
  await defineFor(ask, url, ID);
  const { workflow_id } = await ask("POST", "/runs", { template_name: "w", agent_id: "a" });
  await heard(1);
  assertSigned(calls[0]!);
  assert.equal(calls[0]!.body.workflow_id, workflow_id);
  assert.equal(await daemon.stop(), 0);
  assert.doesNotMatch(daemon.log(), /"level":"(error|warn)".*callback/);
});

test(
  "a daemon that is killed before anybody heard of the run tells it after its next start",
  LIMIT,
  async (t) => {
    const home = tempHome(t);
    const first = await daemonFor(t, home);
    // Nobody is there yet: its port is known, and free.
    const { url, close } = await receiver(t);
    close();
    await defineFor(first.ask, url, ID);
    const ids: string[] = [];
    for (let n = 0; n < 5; n++) {
      const body = { template_name: "w", agent_id: "a", wait_ms: 60_000 };
      ids.push((await first.ask("POST", "/runs", body)).workflow_id);
    }
    await first.daemon.kill();
    const { calls, heard } = await receiver(t, { port: Number(new URL(url).port) });
    await daemonFor(t, home);
    await heard(5);
    assert.deepEqual(calls.map(({ body }) => body.workflow_id).sort(), ids.sort());
    calls.forEach(assertSigned);
  },
);

test(
  "one that is killed while it is sent sends it again, under the same id, and what follows after it",
  LIMIT,
  async (t) => {
    const home = tempHome(t);
    const first = await daemonFor(t, home);
    let isDeaf = true;
    const { url, calls, heard } = await receiver(t, {
      answer: (_, response) => isDeaf || response.end(),
    });
    await defineFor(first.ask, url, [{ id: "w", type: "wait", config: { signal: "go" } }]);
    const begun = { template_name: "w", agent_id: "a", wait_ms: 60_000 };
    const { workflow_id } = await first.ask("POST", "/runs", begun);
    await heard(1);
    await first.ask("POST", `/runs/${workflow_id}/signal`, {
      signal_type: "data",
      payload: { name: "go" },
      agent_id: "a",
      wait_ms: 60_000,
    });
    await first.daemon.kill();
    isDeaf = false;
    const second = await daemonFor(t, home);
    await heard(3);
    assert.deepEqual(calls.map(({ body }) => body.event), ["suspended", "suspended", "completed"]);
    assert.equal(calls[0]!.body.id, calls[1]!.body.id);
    // What was answered is stored as sent: one more start sends nothing.
    assert.equal(await second.daemon.stop(), 0);
    const third = await daemonFor(t, home);
    assert.equal(await third.daemon.stop(), 0);
    assert.equal(calls.length, 3);
  },
);

test("a host that http actions may not reach is told nothing", LIMIT, async (t) => {
  const { ask, daemon } = await daemonFor(t, tempHome(t), { OPCODE_HTTP_DENY_PRIVATE: "true" });
  const { url, calls } = await receiver(t);
  await defineFor(ask, url, ID);
  await ask("POST", "/runs", { template_name: "w", agent_id: "a", wait_ms: 60_000 });
  while (!daemon.log().includes("a callback was not taken")) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.match(daemon.log(), /a callback was not taken.*http\.deny_private/);
  assert.equal(calls.length, 0);
});

test("where http.post is refused, so is a template that has others told", LIMIT, async (t) => {
  const { daemon } = await daemonFor(t, tempHome(t), { OPCODE_ACTIONS_DENY: "http.*" });
  const { status, body } = await rest(daemon.url, "POST", "/api/v1/templates", {
    name: "w",
    agent_id: "author",
    definition: { steps: ID },
    triggers: { notify: { url: "https://x.test/", events: ["failed"], secret: "S" } },
  });
  assert.equal(status, 400);
  assert.match(body.error.message, /triggers\.notify: needs http\.post, which is refused/);
});

test(
  "opcode callbacks shows what waits and what was given up, and sends one now",
  LIMIT,
  async (t) => {
    const home = tempHome(t);
    const { ask } = await daemonFor(t, home);
    let status = 503;
    const { url, heard, calls } = await receiver(t, {
      answer: (_, response) => response.writeHead(status, { "retry-after": "3000" }).end(),
    });
    const kept = keptCli(t, { env: { OPCODE_HOME: home } });
    const cli = (...args: string[]) => kept(["callbacks", ...args]);
    assert.equal((await cli("list")).stdout, "no callbacks wait, and none was given up\n");
    await defineFor(ask, url, ID);
    const { workflow_id } = await ask("POST", "/runs", { template_name: "w", agent_id: "a" });
    await heard(1);
    const waiting = async () =>
      (await ask("GET", `/callbacks?workflow_id=${workflow_id}`)).callbacks as JsonObject[];
    const tried = async (count: number) => {
      while ((await waiting())[0]?.attempts !== count) await new Promise(setImmediate);
    };
    await tried(1);
    const { stdout } = await cli("list");
    const { host } = new URL(url);
    assert.match(
      stdout,
      new RegExp(
        `^${workflow_id}\\.\\d+ +completed +${host} +1 +\\d{4}-.* +it was answered with 503$`,
        "m",
      ),
    );
    const id = String((await waiting())[0]!.id);
    status = 410;
    const sent = await cli("send", id);
    assert.deepEqual([sent.code, sent.stdout], [0, `is sent now: ${id} to ${host}\n`], sent.stderr);
    await heard(2);
    const isGone = async () => (await waiting())[0]?.status === "given_up";
    while (!await isGone()) await new Promise(setImmediate);
    assert.match((await cli("list", "--status", "given_up")).stdout, / given up \d{4}-/);
    assert.equal(
      (await cli("list", "--status", "waiting")).stdout,
      "no callbacks wait, and none was given up\n",
    );
    status = 200;
    assert.equal((await cli("send", id)).code, 0);
    await heard(3);
    while ((await waiting()).length > 0) await new Promise(setImmediate);
    assert.equal(
      (await cli("list", "--run", workflow_id, "--json")).stdout,
      '{\n  "callbacks": []\n}\n',
    );
    const unknown = await cli("send", id);
    assert.deepEqual([unknown.code, calls.length], [2, 3]);
    assert.match(unknown.stderr, /not found: it was taken, or never was/);
    for (const wrong of [["list", id], ["send"], ["send", id, "--run", "last"], ["drop"]]) {
      assert.equal((await cli(...wrong)).code, 2, wrong.join(" "));
    }
  },
);
