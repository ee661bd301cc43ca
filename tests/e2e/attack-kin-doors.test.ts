// Whether a daemon with a heap of 256 MiB lives through attacks on its growth, connections, neighbours and
// doors that are kin of the known ones, and tells the attacker why he gets nothing.

import assert from "node:assert/strict";
import { readdirSync, writeFileSync } from "node:fs";
import type { Socket } from "node:net";
import { join } from "node:path";
import { before, describe, test, type TestContext } from "node:test";
import { tokenHash } from "../../server/callers.ts";
import type { JsonObject } from "../../core/json.ts";
import { raw } from "../support/attack.ts";
import { assertEnds, besideOthers } from "../support/beside.ts";
import {
  spawnDaemon,
  type SpawnedDaemon,
  startTestDaemon,
  suiteCleanup,
  tempHome,
} from "../support/daemon.ts";
import { type Answer, defineTemplate, rest } from "../support/http.ts";
import { httpServer } from "../support/http-server.ts";
import { mcpSession } from "../support/raw-mcp.ts";
import { holdSockets, settledSockets } from "../support/sockets.ts";
import { loop } from "../support/steps.ts";
import { long } from "../support/trials.ts";

const MIB = 1024 * 1024;
const OVER = ["BUDGET_EXCEEDED", "BUSY"];
const UUID = { id: "a", action: "crypto.uuid" };
const WAIT = { id: "w", type: "wait", config: { signal: "go" } };

const range = <T>(length: number, item: (i: number) => T): T[] =>
  Array.from({ length }, (_, i) => item(i));

describe("with a heap of 256 MiB the daemon lives through", () => {
  const cleanup = suiteCleanup();
  let daemon: SpawnedDaemon;
  let url: string;
  const spawn = async () => {
    daemon = await spawnDaemon(cleanup, { heapMiB: 256 });
    url = daemon.url;
  };
  before(spawn);

  const start = (template_name: string, more: JsonObject = {}): Promise<Answer> =>
    rest(url, "POST", "/api/v1/runs", {
      template_name,
      agent_id: "attacker",
      wait_ms: 30_000,
      ...more,
    });
  const signal = (id: string, body: JsonObject) =>
    rest(url, "POST", `/api/v1/runs/${id}/signal`, body);

  let names = 0;
  const attack = (name: string, body: (t: TestContext, template: string) => Promise<void>) =>
    test(name, async (t) => {
      if (daemon.child.exitCode !== null || daemon.child.signalCode !== null) await spawn();
      await besideOthers(t, daemon, () => body(t, `t${++names}`));
    });
  const longAttack = long(attack);

  describe("growth:", () => {
    attack("400 versions of a template, listed and compared", async (_, name) => {
      for (let i = 0; i < 400; i++) await defineTemplate(url, name, [{ ...UUID, id: `v${i}` }]);
      for (const path of ["", `/${name}`, `/${name}/versions/v399`]) {
        const { status, body } = await rest(url, "GET", `/api/v1/templates${path}`);
        assert.equal(status, 200, JSON.stringify(body));
        assert.ok(JSON.stringify(body).length < MIB);
      }
    });

    attack("1,000 calls at once with one idempotency key", async (t, name) => {
      await defineTemplate(url, name, [{ id: "w", type: "wait", config: { duration: "10ms" } }]);
      const answers = await Promise.all(range(1_000, () => start(name, { idempotency_key: name })));
      assertEnds(t, answers, ["completed", "BUSY"]);
      const ids = new Set(answers.flatMap(({ body }) => body.workflow_id ?? []));
      assert.equal(ids.size, 1);
    });

    longAttack("100 signals of 3.9 MB to one run, each with another key", async (t, name) => {
      await defineTemplate(url, name, [WAIT]);
      const { body: { workflow_id: id } } = await start(name);
      const answers: Answer[] = [];
      for (let batch = 0; batch < 10; batch++) {
        answers.push(
          ...await Promise.all(range(10, (n) => {
            const payload = { [`k${batch}-${n}`]: "x".repeat(3_900_000) };
            return signal(id, { signal_type: "data", payload });
          })),
        );
      }
      assertEnds(t, answers, ["suspended", "VALIDATION_ERROR", "active", "other", ...OVER]);
      assert.ok(answers.some(({ body }) => body.error?.code === "VALIDATION_ERROR"));
      const { body } = await signal(id, {
        signal_type: "data",
        payload: { signal: "go" },
        wait_ms: 30_000,
      });
      assert.equal(body.status, "completed", JSON.stringify(body).slice(0, 500));
    });

    attack("300 MCP sessions with a stream each that nobody closes", async (t) => {
      const held: Socket[] = [];
      t.after(() => held.forEach((socket) => socket.destroy()));
      for (let batch = 0; batch < 10; batch++) {
        const sessions = await Promise.all(range(30, () => mcpSession(url).catch(() => null)));
        for (const session of sessions) {
          const id = session?.["mcp-session-id"];
          if (id === undefined) continue;
          held.push(...holdSockets(t, {
            url,
            count: 1,
            text: `GET /mcp HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n` +
              `Mcp-Session-Id: ${id}\r\nMcp-Protocol-Version: 2025-11-25\r\n\r\n`,
          }));
        }
      }
      t.diagnostic(`${held.length} streams asked for`);
      await settledSockets(held);
      // A new session is not kept out by them.
      const session = await mcpSession(url);
      assert.ok(session["mcp-session-id"]);
    });

    attack("2,000 runs, each of another agent, with a decision each", async (t, name) => {
      await defineTemplate(url, name, [{
        id: "ask",
        type: "reasoning",
        config: { prompt_context: "?", options: [{ id: "y" }] },
      }]);
      const answers: Answer[] = [];
      for (let batch = 0; batch < 20; batch++) {
        answers.push(
          ...await Promise.all(range(100, (n) => start(name, { agent_id: `agent-${batch}-${n}` }))),
        );
      }
      assertEnds(t, answers, ["suspended", "BUSY"]);
      for (const path of ["runs", "agents", "decisions", "decisions?status=pending"]) {
        const { status, body } = await rest(url, "GET", `/api/v1/${path}`);
        assert.equal(status, 200, path);
        assert.ok(JSON.stringify(body).length < MIB, path);
      }
    });

    attack(
      "500 long polls for runs that are dropped as soon as they are asked",
      async (_, name) => {
        await defineTemplate(url, name, [WAIT]);
        for (let batch = 0; batch < 5; batch++) {
          const gone = new AbortController();
          const polls = range(100, () =>
            fetch(`${url}/api/v1/runs`, {
              method: "POST",
              headers: { "content-type": "application/json" },
              body: JSON.stringify({ template_name: name, agent_id: "attacker", wait_ms: 600_000 }),
              signal: gone.signal,
            }).catch(() => null));
          setTimeout(() => gone.abort(), 5);
          await Promise.all(polls);
        }
      },
    );
  });

  describe("connections:", () => {
    const head =
      "POST /api/v1/runs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
    const held = (title: string, count: number, text: string | Buffer) =>
      attack(title, async (t) => {
        const before = descriptors(daemon.pid);
        const sockets = holdSockets(t, { url, count, text });
        await settledSockets(sockets);
        assert.equal(
          (await rest(url, "GET", "/healthz", undefined, { connection: "close" })).status,
          200,
        );
        t.diagnostic(`${before} → ${descriptors(daemon.pid)} descriptors`);
        sockets.forEach((socket) => socket.destroy());
      });

    held(
      "twenty connections with 1,000 requests each in a pipeline, unread",
      20,
      "GET /api/v1/runs HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(1_000),
    );
    held(
      "200 chunked bodies that stall, with extensions of 16 KB",
      200,
      `${head}Transfer-Encoding: chunked\r\n\r\n1;${"x".repeat(16_000)}\r\n{\r\n1;${
        "y".repeat(16_000)
      }`,
    );
    held(
      "200 that expect a word before they send 4 MB, and send nothing",
      200,
      `${head}Content-Length: 4000000\r\nExpect: 100-continue\r\n\r\n`,
    );
    held(
      "200 with 2,000 small headers",
      200,
      `GET /healthz HTTP/1.1\r\nHost: localhost\r\n${
        range(1_999, (n) => `x${n}: y\r\n`).join("")
      }\r\n`,
    );

    for (
      const [what, head] of [
        [
          "WebSocket",
          "GET /mcp HTTP/1.1\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nConnection: Upgrade\r\n",
        ],
        [
          "HTTP/2",
          "GET / HTTP/1.1\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\nConnection: Upgrade, HTTP2-Settings\r\n",
        ],
        ["a tunnel", "CONNECT 127.0.0.1:22 HTTP/1.1\r\n"],
        ["TRACE", "TRACE /api/v1/runs HTTP/1.1\r\nConnection: close\r\n"],
      ] as const
    ) {
      attack(`100 that ask for ${what}`, async (t) => {
        const sockets = holdSockets(t, { url, count: 100, text: `${head}Host: localhost\r\n\r\n` });
        const answer = new Promise<string>((resolve) => {
          const socket = sockets[0]!;
          socket.once("data", (chunk) => resolve(chunk.toString("latin1").split("\r\n")[0]!));
          socket.once("close", () => resolve("closed"));
          socket.resume();
        });
        t.diagnostic(await answer);
        assert.doesNotMatch(await answer, / (101|2\d\d|500) /);
      });
    }

    attack("followers of all events that read a byte a second", async (t, name) => {
      const sockets = holdSockets(t, {
        url,
        count: 100,
        text: "GET /api/v1/events/stream?after=0 HTTP/1.1\r\nHost: localhost\r\n\r\n",
      });
      await settledSockets(sockets);
      const timer = setInterval(() => sockets.forEach((socket) => socket.read(1)), 1_000);
      t.after(() => clearInterval(timer));
      await defineTemplate(url, name, [loop("l", { over: range(300, (n) => n) }, [UUID])]);
      assert.equal((await start(name)).body.status, "completed");
      sockets.forEach((socket) => socket.destroy());
    });
  });

  describe("neighbours:", () => {
    longAttack("forty agents, each of whom holds as much as an agent may", async (t, name) => {
      const texts = range(3, (n) => `\${{steps.p${n}.output.stdout_raw}}`);
      await defineTemplate(url, name, [
        ...range(3, (n) => ({
          id: `p${n}`,
          action: "shell.exec",
          params: { command: `head -c ${2 * MIB} /dev/zero | tr '\\0' x`, shell: true },
        })),
        {
          id: "all",
          action: "assert.equals",
          depends_on: ["p0", "p1", "p2"],
          params: { expected: texts, actual: texts },
        },
      ]);
      const answers = await Promise.all(
        // One after the other has room: how long that takes is the machine's affair.
        range(40, (n) => start(name, { agent_id: `sybil-${n}`, wait_ms: 240_000 })),
      );
      assertEnds(t, answers, ["completed", ...OVER]);
    });

    attack("a server that fails for the attacker alone", async (t, name) => {
      const upstream = await httpServer(t, (request, response) => {
        if (request.url === "/bad") return void request.socket.destroy();
        response.end("x");
      });
      const get = (
        path: string,
      ) => [{ id: "g", action: "http.get", params: { url: upstream.url + path } }];
      await defineTemplate(url, `${name}-bad`, get("/bad"));
      await defineTemplate(url, `${name}-good`, get("/good"));
      const bad = await Promise.all(range(30, () => start(`${name}-bad`)));
      assertEnds(t, bad, ["STEP_FAILED", "NON_RETRYABLE", "CIRCUIT_OPEN"]);
      const good = await start(`${name}-good`, { agent_id: "other" });
      assert.equal(good.body.status, "completed", JSON.stringify(good.body));
    });

    longAttack("300 runs that are started, cancelled and retried at once", async (t, name) => {
      await defineTemplate(url, name, [
        { id: "s", action: "shell.exec", params: { command: "sleep", args: ["60"] } },
        WAIT,
      ]);
      const runs = await Promise.all(range(300, () => start(name, { wait_ms: 0 })));
      assertEnds(t, runs, ["active", "pending", "other", "BUSY"]);
      const ids = runs.flatMap(({ body }) => body.workflow_id ?? []);
      const answers = await Promise.all(ids.flatMap((id) => [
        signal(id, { signal_type: "retry", step_id: "s" }),
        signal(id, { signal_type: "cancel" }),
        signal(id, { signal_type: "skip", step_id: "w" }),
        signal(id, { signal_type: "cancel" }),
      ]));
      assertEnds(t, answers, [
        "cancelled",
        "active",
        "CONFLICT",
        "CANCELLED",
        "INVALID_TRANSITION",
        "other",
        "BUSY",
      ]);
      for (const id of ids) {
        assert.equal((await rest(url, "GET", `/api/v1/runs/${id}`)).body.status, "cancelled");
      }
    });

    attack(
      "a family of 400 runs: a workflow that calls two of the next, nine levels deep",
      async (t, name) => {
        await defineTemplate(url, `${name}-0`, [UUID]);
        for (let level = 1; level < 9; level++) {
          const params = { template_name: `${name}-${level - 1}` };
          await defineTemplate(
            url,
            `${name}-${level}`,
            range(2, (n) => ({ id: `c${n}`, action: "workflow.run", params })),
          );
        }
        assertEnds(t, [await start(`${name}-8`, { wait_ms: 60_000 })], ["completed", ...OVER]);
      },
    );

    attack("searches through the whole file system, twenty at once", async (t, name) => {
      await defineTemplate(url, name, [{
        id: "g",
        action: "fs.list",
        timeout: "3s",
        params: { path: "/", recursive: true },
      }]);
      const answers = await Promise.all(range(20, () => start(name)));
      assertEnds(t, answers, ["completed", "STEP_FAILED", "NON_RETRYABLE", ...OVER]);
    });
  });
});

describe("no door is opened by", () => {
  const ADMIN = "admin-token-of-the-daemon";
  const MALLORY = `oca_${"mallory".padEnd(43, "x")}`;
  const AGENTS = {
    mallory: {
      token_hash: tokenHash(MALLORY),
      allow: ["crypto.*", "workflow.run", "http.get"],
      templates: ["m-*"],
    },
    victim: {
      token_hash: tokenHash(`oca_${"victim".padEnd(43, "x")}`),
      allow: ["*"],
      templates: ["v-*"],
    },
  };
  const cleanup = suiteCleanup();
  let url: string;
  const runs: Record<string, string> = {};
  const as = (token: string) => (method: string, path: string, body?: unknown) =>
    rest(url, method, path, body, { authorization: `Bearer ${token}` });
  const admin = as(ADMIN);
  const mallory = as(MALLORY);

  before(async () => {
    const home = tempHome(cleanup);
    const settings = {
      auth_token: ADMIN,
      agents: AGENTS,
      http: { deny_hosts: ["127.0.0.0/8", "::1"] },
    };
    writeFileSync(join(home, "settings.json"), JSON.stringify(settings), { mode: 0o600 });
    ({ url } = await startTestDaemon(cleanup, { home }));
    const ask = {
      id: "ask",
      type: "reasoning",
      config: { prompt_context: "secret plan", options: [{ id: "y" }] },
    };
    for (const [name, steps] of [["v-own", [UUID, ask]], ["m-own", [UUID]]] as const) {
      const body = { name, agent_id: "boss", definition: { steps } };
      assert.equal((await admin("POST", "/api/v1/templates", body)).status, 201);
    }
    const body = {
      template_name: "v-own",
      agent_id: "victim",
      wait_ms: 20_000,
      idempotency_key: "k",
    };
    runs.victim = (await admin("POST", "/api/v1/runs", body)).body.workflow_id;
  });

  const refused = async (t: TestContext, answer: Answer) => {
    t.diagnostic(`${answer.status} ${JSON.stringify(answer.body).slice(0, 160)}`);
    assert.ok([400, 403, 404, 409].includes(answer.status), JSON.stringify(answer.body));
    assert.doesNotMatch(JSON.stringify(answer.body), /secret plan/);
    // The victim's run is as it was.
    const { body } = await admin("GET", `/api/v1/runs/${runs.victim}`);
    assert.equal(body.status, "suspended");
  };

  const attempts: Record<string, () => Promise<Answer>> = {
    "another's run, read": () => mallory("GET", `/api/v1/runs/${runs.victim}`),
    "another's run, cancelled": () =>
      mallory("POST", `/api/v1/runs/${runs.victim}/signal`, { signal_type: "cancel" }),
    "another's question, answered under his name": () =>
      mallory("POST", `/api/v1/runs/${runs.victim}/signal`, {
        signal_type: "decision",
        step_id: "ask",
        agent_id: "victim",
        payload: { choice: "y" },
      }),
    "another's run, forked": () =>
      mallory("POST", "/api/v1/runs", {
        from_run: runs.victim,
        from_step: "ask",
        agent_id: "mallory",
      }),
    "another's run, forked into a template of one's own": () =>
      mallory("POST", "/api/v1/runs", {
        from_run: runs.victim,
        from_step: "ask",
        template_name: "m-own",
        agent_id: "mallory",
      }),
    "another's idempotency key": () =>
      mallory("POST", "/api/v1/runs", {
        template_name: "v-own",
        agent_id: "victim",
        idempotency_key: "k",
      }),
    "another's name in wide letters": () =>
      mallory("POST", "/api/v1/runs", { template_name: "m-own", agent_id: "ｖｉｃｔｉｍ" }),
    "another's name with a joiner": () =>
      mallory("POST", "/api/v1/runs", { template_name: "m-own", agent_id: "mallory\u200d" }),
    "a template's name through another path": () =>
      mallory("GET", "/api/v1/templates/m-x%2f..%2fv-own"),
    "a template of another, written anew": () =>
      mallory("POST", "/api/v1/templates", {
        name: "v-own",
        agent_id: "mallory",
        definition: { steps: [UUID] },
      }),
    "an action that is not granted, in a hook": () =>
      mallory("POST", "/api/v1/templates", {
        name: "m-hook",
        agent_id: "mallory",
        definition: {
          steps: [UUID],
          on_complete: { id: "h", action: "shell.exec", params: { command: "true" } },
        },
      }).then((answer) =>
        answer.status === 201
          ? mallory("POST", "/api/v1/runs", {
            template_name: "m-hook",
            agent_id: "mallory",
            wait_ms: 20_000,
          })
          : answer
      ),
    "a secret": () => mallory("PUT", "/api/v1/secrets/S", { value: "x" }),
    "the log": () => mallory("GET", "/api/v1/logs"),
  };
  for (const [name, attempt] of Object.entries(attempts)) {
    test(name, async (t) => {
      const answer = await attempt();
      if (name === "the log" && answer.status === 200) {
        assert.doesNotMatch(JSON.stringify(answer.body), /victim|v-own/);
        return;
      }
      if (name.includes("hook") && answer.status === 200) {
        t.diagnostic(JSON.stringify(answer.body).slice(0, 300));
        assert.notEqual(answer.body.status, "completed");
        return;
      }
      await refused(t, answer);
    });
  }

  for (
    const host of [
      "127.1",
      "0x7f.1",
      "2130706433",
      "017700000001",
      "0",
      "[::ffff:127.0.0.1]",
      "[::ffff:7f00:1]",
      "[::]",
      "[0:0:0:0:0:0:0:1]",
      "localhost.",
      "LOCALHOST",
      "①②⑦.⓪.⓪.①",
      "127。0。0。1",
      "[64:ff9b::7f00:1]",
      "[::127.0.0.1]",
      "user@127.0.0.1",
      "127.0.0.1.",
    ]
  ) {
    test(`a step that asks http://${host}`, async (t) => {
      let asked = 0;
      const server = await httpServer(t, (_, response) => void response.end(`${++asked}`));
      const { port } = new URL(server.url);
      const steps = [{
        id: "g",
        action: "http.get",
        timeout: "5s",
        params: { url: `http://${host}:${port}/` },
      }];
      const body = { name: "m-get", agent_id: "boss", definition: { steps } };
      const defined = await admin("POST", "/api/v1/templates", body);
      if (defined.status === 201) {
        const { body } = await mallory("POST", "/api/v1/runs", {
          template_name: "m-get",
          agent_id: "mallory",
          wait_ms: 20_000,
        });
        t.diagnostic(`${body.status} ${body.error?.message?.slice(0, 150)}`);
        assert.equal(body.status, "failed");
      } else t.diagnostic(JSON.stringify(defined.body).slice(0, 200));
      assert.equal(asked, 0);
    });
  }

  const token = `Authorization: Bearer ${ADMIN}\r\n`;
  const heads: Record<string, string> = {
    "Sec-Fetch-Site in capitals": "Host: 127.0.0.1\r\nSec-Fetch-Site: CROSS-SITE\r\n",
    "Sec-Fetch-Site twice":
      "Host: 127.0.0.1\r\nSec-Fetch-Site: none\r\nSec-Fetch-Site: cross-site\r\n",
    "Sec-Fetch-Site that is empty": "Host: 127.0.0.1\r\nSec-Fetch-Site: \r\n",
    "a sandboxed page": "Host: 127.0.0.1\r\nOrigin: null\r\nSec-Fetch-Site: same-origin\r\n",
    "a WebSocket of a foreign page":
      "Host: 127.0.0.1\r\nOrigin: http://evil.com\r\nUpgrade: websocket\r\n",
    "an address as the request's target": "Host: evil.com\r\n",
    "a Host that is this machine's other notation": "Host: 0x7f000001\r\n",
    "a Host with a credential": "Host: 127.0.0.1:1@evil.com\r\n",
  };
  for (const [name, head] of Object.entries(heads)) {
    test(name, async (t) => {
      const target = name.startsWith("an address") ? `${url}/api/v1/runs` : "/api/v1/runs";
      const answer = await raw(
        url,
        `GET ${target} HTTP/1.1\r\n${head}${token}Connection: close\r\n\r\n`,
      );
      t.diagnostic(answer.split("\r\n")[0]!);
      assert.match(answer, /^HTTP\/1\.1 (400|403) /);
    });
  }
});

function descriptors(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}
