// Whether integers beyond 2^53 keep all their digits on every way in, through and out of a daemon.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { parseJson } from "../../core/exact-json.ts";
import { runCli } from "../support/cli.ts";
import { spawnDaemon, type SpawnedDaemon, suiteCleanup, tempHome } from "../support/daemon.ts";
import { httpServer } from "../support/http-server.ts";
import { mcpSession } from "../support/raw-mcp.ts";

const ID = "12345678901234567891";
const SMALL = "9007199254740993";
/** Of texts that came back: each number of ours must be whole in them. */
const ROUNDED =
  /12345678901234567(?!891)|1\.2345678901|9007199254740992|9007199254740994|"rawJSON"/;

describe("large integers", () => {
  const cleanup = suiteCleanup();
  const home = tempHome(cleanup);
  let daemon: SpawnedDaemon;
  let server: string;
  let received = "";

  before(async () => {
    daemon = await spawnDaemon(cleanup, { home });
    ({ url: server } = await httpServer(cleanup, (request, response) => {
      let body = "";
      request.on("data", (chunk) => body += chunk).on("end", () => {
        received = body;
        response.setHeader("content-type", "application/json").end(`{"id":${ID},"ids":[${SMALL}]}`);
      });
    }));
    await post("/api/v1/templates", definition("w"));
    await post("/api/v1/templates", definition("child", CHILD));
  });

  const CHILD = `[{"id":"e","action":"expr.eval","params":{"expression":"inputs.id"}}]`;
  const steps = () =>
    `[
    {"id":"get","action":"http.post","params":{"url":"${server}/","body":{"id":"\${{inputs.id}}","own":${ID},"t":"id-\${{inputs.id}}"}}},
    {"id":"sh","action":"shell.exec","params":{"command":"echo","args":["{\\"id\\":${ID},\\"in\\":\${{inputs.id}}}"]},"depends_on":["get"]},
    {"id":"expr","action":"expr.eval","params":{"expression":"[inputs.small + 2 - 2, steps.get.output.body.id, steps.sh.output.stdout.id]"},"depends_on":["sh"]},
    {"id":"jq","action":"jq.transform","params":{"filter":"{id, ids}","data":"\${{steps.get.output.body}}"},"depends_on":["get"]},
    {"id":"same","action":"assert.equals","params":{"expected":${ID},"actual":"\${{steps.jq.output.result.id}}"},"depends_on":["jq"]},
    {"id":"alike","action":"assert.equals","params":{"expected":"${ID}","actual":"\${{steps.jq.output.result.id}}"},"depends_on":["jq"]},
    {"id":"guard","action":"crypto.uuid","condition":"steps.get.output.body.ids[0] == inputs.small && inputs.small - 2 == 9007199254740991","depends_on":["get"]},
    {"id":"each","type":"loop","config":{"over":[${ID},${SMALL}],"body":[{"id":"e","action":"expr.eval","params":{"expression":"iter.item"}}]}},
    {"id":"child","action":"workflow.run","params":{"template_name":"child","params":{"id":"\${{inputs.id}}"}}},
    {"id":"keep","action":"workflow.context","params":{"action":"update","data":{"id":"\${{inputs.id}}"}}},
    {"id":"ask","type":"reasoning","config":{"prompt_context":"?","data_inject":{"id":"steps.get.output.body.id"},"options":[{"id":"y"}]},"depends_on":["guard","expr","same","alike","each","child","keep"]},
    {"id":"last","action":"expr.eval","params":{"expression":"[context.id, steps.each.output, steps.child.output]"},"depends_on":["ask"]}]`;
  const definition = (name: string, own = steps()) =>
    `{"name":"${name}","agent_id":"a","definition":{"steps":${own}}}`;

  async function send(method: string, path: string, body?: string): Promise<string> {
    const headers = { "content-type": "application/json" };
    const response = await fetch(daemon.url + path, {
      method,
      headers,
      ...(body !== undefined && { body }),
    });
    const text = await response.text();
    assert.ok(response.status < 300, text);
    assert.doesNotMatch(text, ROUNDED);
    return text;
  }
  const post = (path: string, body: string) => send("POST", path, body);

  test("over REST, through every kind of step, a restart, and into what is asked", async () => {
    const params = `{"id":${ID},"small":${SMALL}}`;
    const begun = await post(
      "/api/v1/runs",
      `{"template_name":"w","agent_id":"a","wait_ms":30000,"params":${params}}`,
    );
    assert.match(begun, /"status":"suspended"/);
    assert.equal(received, `{"id":${ID},"own":${ID},"t":"id-${ID}"}`);
    const { workflow_id: id } = JSON.parse(begun);
    await daemon.kill();
    daemon = await spawnDaemon(cleanup, { home });
    const shown = await send("GET", `/api/v1/runs/${id}`);
    assert.ok(shown.includes(`"expr":`), shown);
    const decision = `{"signal_type":"decision","step_id":"ask","agent_id":"a","wait_ms":30000,` +
      `"payload":{"choice":"y","data":{"id":${ID}}}}`;
    const answer = await post(`/api/v1/runs/${id}/signal`, decision);
    assert.match(answer, /"status":"completed"/);
    const whole = await send("GET", `/api/v1/runs/${id}`);
    const { steps } = parseJson<any>(whole);
    assert.deepEqual(steps.expr.output, { result: [BigInt(SMALL), BigInt(ID), BigInt(ID)] });
    assert.deepEqual(steps.jq.output.result, { id: BigInt(ID), ids: [BigInt(SMALL)] });
    assert.equal(steps.guard.status, "completed");
    assert.equal(steps.last.output.result[0], BigInt(ID));
    for (
      const path of [
        `/api/v1/events?workflow_id=${id}`,
        `/api/v1/runs/${id}/diagram`,
        "/api/v1/runs",
      ]
    ) {
      await send("GET", path);
    }
    const fork = await post(
      "/api/v1/runs",
      `{"from_run":"${id}","from_step":"expr","agent_id":"a","wait_ms":30000}`,
    );
    assert.match(fork, /"status":"suspended"/);
    assert.ok((await send("GET", `/api/v1/templates/w`)).includes(ID));
  });

  test("a key with the same large params is the same request; a neighbouring number is another", async () => {
    const request = (id: string) =>
      `{"template_name":"child","agent_id":"a","idempotency_key":"k","wait_ms":30000,"params":{"id":${id}}}`;
    const first = await post("/api/v1/runs", request(ID));
    assert.equal(
      JSON.parse(await post("/api/v1/runs", request(ID))).workflow_id,
      JSON.parse(first).workflow_id,
    );
    const headers = { "content-type": "application/json" };
    const other = await fetch(`${daemon.url}/api/v1/runs`, {
      method: "POST",
      headers,
      body: request("12345678901234567892"),
    });
    assert.equal(other.status, 409, await other.text());
  });

  test("over MCP", async () => {
    const headers = await mcpSession(daemon.url);
    const call =
      `{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"opcode.run","arguments":` +
      `{"template_name":"child","agent_id":"a","wait_ms":30000,"params":{"id":${ID}}}}}`;
    const answer = await fetch(`${daemon.url}/mcp`, { method: "POST", headers, body: call });
    const text = await answer.text();
    assert.doesNotMatch(text, ROUNDED);
    assert.match(text, new RegExp(`"result":${ID}`));
  });

  test("on the command line", async () => {
    const args = ["run", "child", "--param", `id=${ID}`, "--json", "--agent", "a"];
    const { stdout, stderr } = await runCli(args, { env: { OPCODE_HOME: home } } as any);
    assert.doesNotMatch(stdout, ROUNDED);
    assert.ok(stdout.includes(ID), stdout + stderr);
  });

  test("a number that no double holds is refused with its place", async () => {
    const body = '{"template_name":"child","agent_id":"a","params":{"id":1e400}}';
    const response = await fetch(`${daemon.url}/api/v1/runs`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });
    assert.equal(response.status, 400);
    assert.match(
      await response.text(),
      /line 1, column \d+: expected a number that a double holds/,
    );
  });
});
