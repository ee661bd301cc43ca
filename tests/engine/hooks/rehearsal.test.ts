// Whether a hook tells what a delivery would come to, and nothing comes of that.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "../../../core/json.ts";
import { SIGN } from "../../support/hook-signatures.ts";
import { openTestEngine, type TestEngine } from "../../support/test-engine.ts";
import { TestVault } from "../../support/test-vault.ts";

const ECHO = [{ id: "a", action: "test.echo", params: { n: "${{inputs.n}}" } }];

async function open(webhook: JsonObject = {}, more: JsonObject = {}): Promise<TestEngine> {
  const engine = await openTestEngine({ secrets: new TestVault({ HOOK: "sesame", EMPTY: "" }) });
  engine.clock.advance(1_800_000_000_000);
  await engine.opcode.define({
    name: "w",
    agent_id: "author",
    definition: { steps: ECHO },
    triggers: {
      webhook: [{ name: "in", verify: "github", secret: "HOOK", map: "{n: .body.n}", ...webhook }],
    },
    ...more,
  });
  return engine;
}

const rehearse = ({ opcode }: TestEngine, sample = {}) => opcode.hooks.test("w", "in", sample);
const signed = (body: string) => ({ headers: SIGN.github("sesame", body, 0), body });

test("a signed delivery would start a run with the params that the program makes", async () => {
  const engine = await open();
  const told = await rehearse(engine, {
    headers: { ...SIGN.github("sesame", '{"n":7}', 0), "X-GitHub-Delivery": "d1" },
    body: '{"n":7}',
  });
  const { template_name, name, path, verify, secret, map, agent_id, created_at, ...more } = told as
    & JsonObject
    & typeof told;
  const { signature, ...rest } = more as JsonObject;
  assert.match(String(signature), /^X-Hub-Signature-256: sha256=HEX/);
  assert.deepEqual([template_name, name, path, verify, secret, map, agent_id], [
    ...["w", "in", "/hooks/w/in", "github", "HOOK", "{n: .body.n}", "author"],
  ]);
  assert.match(String(created_at), /Z$/);
  assert.deepEqual(rest, {
    outcome: "run",
    verification: "verified",
    delivery_id: "d1",
    params: { n: 7 },
  });
  assert.deepEqual((await engine.opcode.query({ resource: "workflows" })).rows, []);
  const { accepted, rejected } = await engine.opcode.hooks.log("w", "in");
  assert.deepEqual([accepted, rejected], [0, 0]);
});

test("without a right signature all the rest is told, and why it would be refused", async () => {
  const engine = await open();
  const bare = await rehearse(engine, { body: '{"n":7}' });
  assert.deepEqual([bare.outcome, bare.verification, bare.reason, bare.params], [
    ...["refused", "not verified", "no signature", { n: 7 }],
  ]);
  const wrong = await rehearse(engine, {
    body: '{"n":8}',
    headers: SIGN.github("sesame", '{"n":7}', 0),
  });
  assert.deepEqual([wrong.outcome, wrong.reason, wrong.params], [
    ...["refused", "wrong signature", { n: 8 }],
  ]);
  const lacking = await rehearse(await open({ secret: "NONE" }), signed('{"n":1}'));
  assert.match(lacking.reason!, /NONE/);
  const empty = await rehearse(await open({ secret: "EMPTY" }), signed('{"n":1}'));
  assert.equal(empty.reason, 'secret "EMPTY" is empty: anybody knows it');
  const open_ = await rehearse(await open({ verify: "none", secret: undefined as never }), {
    body: '{"n":1}',
  });
  assert.deepEqual([open_.outcome, open_.verification], ["run", "not asked for"]);
});

const SCHEMA = { input_schema: { properties: { n: { type: "integer" } }, required: ["n"] } };
const FAULTS: [string, JsonObject, JsonObject, string, string, RegExp][] = [
  ["a body that is no JSON", {}, {}, "{", "body", /is no JSON/],
  ["a program that fails", { map: ".body | error" }, {}, '"x"', "map", /x/],
  [
    "a program that makes no object",
    { map: ".body.n" },
    {},
    '{"n":1}',
    "map",
    /must give one object/,
  ],
  [
    "params that the schema refuses",
    {},
    SCHEMA,
    '{"n":"x"}',
    "params.n",
    /must be integer|integer/,
  ],
  ["params that are missing", { map: "{}" }, SCHEMA, "{}", "params.n", /required/],
];
for (const [what, webhook, more, body, path, message] of FAULTS) {
  test(`${what}: told with its path, and nothing would start`, async () => {
    const told = await rehearse(await open(webhook, more), signed(body));
    assert.deepEqual([told.outcome, told.verification], ["refused", "verified"]);
    assert.equal(told.error!.code, "VALIDATION_ERROR");
    assert.equal(told.error!.details!.path, path);
    assert.match(told.error!.message, message);
  });
}

test("a delivery that has come before would be answered with its run", async () => {
  const engine = await open();
  const headers: Record<string, string> = {
    "content-type": "application/json",
    "x-github-delivery": "d1",
    ...SIGN.github("sesame", '{"n":7}', 0),
  };
  const received = await engine.opcode.receive({
    template: "w",
    name: "in",
    method: "POST",
    header: (name) => headers[name],
    query: [],
    bytes: () => Promise.resolve(Buffer.from('{"n":7}')),
    json: () => Promise.resolve({ n: 7 }),
    stranger: null,
    waitMs: 1_000,
    waiting: (call) => call({}),
  });
  assert.ok(received.outcome === "run");
  const told = await rehearse(engine, { headers, body: '{"n":7}' });
  assert.deepEqual([told.outcome, told.workflow_id], ["replayed", received.workflow_id]);
});

test("forms, texts and queries are read as of a delivery; a question of Slack's is one", async () => {
  const engine = await open({ map: "{n: {body: .body, q: .query.q}}" });
  const form = await rehearse(engine, {
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: "a=1&a=2",
    query: { q: ["x", "y"] },
  });
  assert.deepEqual(form.params, { n: { body: { a: ["1", "2"] }, q: ["x", "y"] } });
  const slack = await open({ verify: "slack" });
  const body = '{"type":"url_verification","challenge":"c"}';
  const headers = SIGN.slack("sesame", body, slack.clock.now());
  assert.equal((await rehearse(slack, { headers, body })).outcome, "challenge");
});

test("a hook that is not there is NOT_FOUND with the nearest, and so is one that an agent does not see", async () => {
  const engine = await open();
  await assert.rejects(engine.opcode.hooks.test("w", "on", {}), {
    code: "NOT_FOUND",
    message: /did you mean "in"\?/,
  });
});
