// Whether what is delivered becomes a run, once, and what is not verified becomes nothing but a count.

import assert from "node:assert/strict";
import { test } from "node:test";
import { parseJson } from "../../../core/exact-json.ts";
import { faultAt } from "../../../core/fault-at.ts";
import type { Json, JsonObject } from "../../../core/json.ts";
import type { Delivery, Received } from "../../../engine/api.ts";
import { keyOf } from "../../../engine/hooks/delivery-id.ts";
import type { HookRow } from "../../../engine/store/store.ts";
import { SIGN } from "../../support/hook-signatures.ts";
import { openTestEngine, payloadsOf, type TestEngine } from "../../support/test-engine.ts";
import { TestVault } from "../../support/test-vault.ts";

const ECHO = [{
  id: "a",
  action: "test.echo",
  params: { body: "${{inputs.body}}", headers: "${{inputs.headers}}", query: "${{inputs.query}}" },
}];

async function open(
  webhook: JsonObject = {},
  { steps = ECHO as JsonObject[], more = {} as JsonObject, agents = {} } = {},
): Promise<{ engine: TestEngine; vault: TestVault }> {
  const vault = new TestVault({ HOOK: "sesame" });
  const engine = await openTestEngine({
    secrets: vault,
    ...(Object.keys(agents).length > 0 && { agents }),
  });
  engine.clock.advance(1_800_000_000_000);
  const hook = { name: "in", verify: "github", secret: "HOOK", ...webhook };
  await engine.opcode.define({
    name: "w",
    agent_id: "author",
    definition: { steps },
    triggers: { webhook: [hook] },
    ...more,
  });
  return { engine, vault };
}

interface Given extends Partial<Delivery> {
  headers?: Record<string, string>;
  body?: string;
  sign?: keyof typeof SIGN;
}

function deliver(engine: TestEngine, given: Given = {}): Promise<Received> {
  const { headers = {}, body = '{"n":1}', sign = "github", ...more } = given;
  const all: Record<string, string> = {
    "content-type": "application/json",
    ...SIGN[sign]("sesame", body, engine.clock.now()),
    ...headers,
  };
  return engine.opcode.receive({
    template: "w",
    name: "in",
    method: "POST",
    header: (name) => all[name],
    query: [],
    bytes: () => Promise.resolve(Buffer.from(body)),
    async json(bytes) {
      try {
        return parseJson(Buffer.from(bytes).toString());
      } catch {
        throw faultAt("body", "is no JSON");
      }
    },
    stranger: "anybody",
    waitMs: 1_000,
    waiting: (call) => call({}),
    ...more,
  });
}

const isRun = (received: Received) => {
  assert.equal(received.outcome, "run", JSON.stringify(received));
  return received as Received & { outcome: "run" };
};
const isRefused = (received: Received, why: string, message = /./) => {
  assert.equal(received.outcome, "refused", JSON.stringify(received));
  const refused = received as Received & { outcome: "refused" };
  assert.equal(refused.why, why);
  assert.match(refused.error.message, message);
};
const runs = async (engine: TestEngine) =>
  (await engine.opcode.query({ resource: "workflows" })).rows;
const log = (engine: TestEngine) => engine.opcode.hooks.log("w", "in");
const rejections = async (engine: TestEngine) => (await log(engine)).last_rejected as JsonObject[];

test("body, headers that may be known, and query are the params; the run is the definer's and says why it is", async () => {
  const { engine } = await open();
  const headers = {
    "x-github-event": "push",
    "x-github-delivery": "d1",
    authorization: "Bearer x",
    cookie: "c=1",
  };
  const query: [string, string][] = [["a", "1"], ["b", "2"], ["a", "3"], ["__proto__", "p"]];
  const received = isRun(await deliver(engine, { headers, query }));
  assert.equal(received.status, "completed");
  const { body, headers: told, query: asked } = received.output as JsonObject;
  assert.deepEqual(body, { n: 1 });
  assert.deepEqual(told, {
    "content-type": "application/json",
    "x-github-event": "push",
    "x-github-delivery": "d1",
  });
  assert.equal(JSON.stringify(asked), '{"a":["1","3"],"b":"2","__proto__":"p"}');
  assert.deepEqual(await payloadsOf(engine, received.workflow_id, "workflow_started"), [
    { trigger: "webhook:in", delivery_id: "d1" },
  ]);
  assert.equal((await runs(engine))[0]!.agent_id, "author");
  const { accepted, rejected } = await log(engine);
  assert.deepEqual([accepted, rejected], [1, 0]);
});

test("a template is given of it what it takes", async () => {
  const { engine } = await open({}, {
    steps: [{ id: "a", action: "test.echo", params: { n: "${{inputs.body.n}}" } }],
    more: { input_schema: { type: "object", properties: { body: { type: "object" } } } },
  });
  const received = isRun(await deliver(engine));
  assert.deepEqual(received.output, { n: 1 });
});

test("a program makes the params; what is no object is told, and starts nothing", async () => {
  const { engine } = await open({ map: ".body | {body: .n, query: .q, headers: {}}" });
  assert.deepEqual(isRun(await deliver(engine)).output, { body: 1, query: null, headers: {} });
  await engine.opcode.define({
    ...{ name: "w", agent_id: "author", definition: { steps: ECHO } },
    triggers: { webhook: [{ name: "in", verify: "github", secret: "HOOK", map: ".body.n" }] },
  });
  isRefused(await deliver(engine), "unsuitable", /map: must give one object, gave an integer/);
  isRefused(await deliver(engine, { body: "{}" }), "unsuitable", /map: must give one object/);
  isRefused(await deliver(engine, { body: '{"n":[' }), "unreadable");
  assert.equal((await runs(engine)).length, 1);
  assert.equal((await log(engine)).rejected, 3);
});

test("a program that fails, or does not end, is told and starts nothing", async () => {
  const { engine } = await open({
    map: 'if .body.n == 1 then error("no ones") else [range(1e9)] end',
  });
  isRefused(await deliver(engine), "unsuitable", /map: no ones/);
  isRefused(await deliver(engine, { body: '{"n":2}' }), "unsuitable", /map: /);
  assert.deepEqual(await runs(engine), []);
});

test("params that the template's schema refuses are told", async () => {
  const { engine } = await open({ map: "{n: .body.n}" }, {
    steps: [{ id: "a", action: "test.echo", params: { n: "${{inputs.n}}" } }],
    more: {
      input_schema: {
        type: "object",
        properties: { n: { type: "string" } },
        required: ["n"],
      },
    },
  });
  isRefused(await deliver(engine), "unsuitable", /params\.n: must be string/);
  isRefused(await deliver(engine, { body: "{}" }), "unsuitable", /params\.n/);
  assert.equal(isRun(await deliver(engine, { body: '{"n":"x"}' })).status, "completed");
});

test("the same delivery, sent again, is the same run, whatever headers it comes with", async () => {
  const { engine } = await open();
  const again = { headers: { "x-github-delivery": "d1" } };
  const first = isRun(await deliver(engine, again));
  const second = isRun(
    await deliver(engine, { headers: { ...again.headers, "x-request-id": "another" } }),
  );
  assert.equal(second.workflow_id, first.workflow_id);
  assert.equal(second.replayed, true);
  assert.deepEqual(second.output, first.output);
  const other = isRun(await deliver(engine, { headers: { "x-github-delivery": "d2" } }));
  assert.notEqual(other.workflow_id, first.workflow_id);
  const { accepted, replayed } = await log(engine);
  assert.deepEqual([accepted, replayed], [2, 1]);
});

test("many at once of the same delivery are one run, also over a crash", async () => {
  let { engine } = await open();
  const again = { headers: { "x-github-delivery": "d1" } };
  const all = await Promise.all(Array.from({ length: 20 }, () => deliver(engine, again)));
  assert.equal(new Set(all.map((one) => isRun(one).workflow_id)).size, 1);
  engine = await engine.crash();
  const later = isRun(await deliver(engine, again));
  assert.equal(later.workflow_id, isRun(all[0]!).workflow_id);
  assert.equal((await runs(engine)).length, 1);
});

test("a delivery is the same one also when the template is another agent's by now", async () => {
  const { engine } = await open();
  const again = { headers: { "x-github-delivery": "d1" } };
  const first = isRun(await deliver(engine, again));
  await engine.opcode.define({
    ...{ name: "w", agent_id: "other", definition: { steps: [...ECHO, { ...ECHO[0]!, id: "b" }] } },
    triggers: { webhook: [{ name: "in", verify: "github", secret: "HOOK" }] },
  });
  const all = await Promise.all([deliver(engine, again), deliver(engine, again)]);
  for (const one of all) {
    const { workflow_id, replayed } = isRun(one);
    assert.deepEqual([workflow_id, replayed], [first.workflow_id, true]);
  }
  const sample = { headers: again.headers, body: "{}" };
  const told = await engine.opcode.hooks.test("w", "in", sample);
  assert.equal(told.workflow_id, first.workflow_id);
  assert.equal((await runs(engine)).length, 1);
});

test("no request takes the key of a delivery before it comes", async () => {
  const { engine } = await open();
  const idempotency_key = keyOf({ templateName: "w", name: "in" } as HookRow, "d1");
  const params = { body: 1, headers: 2, query: 3 };
  const request = { template_name: "w", agent_id: "thief", params, idempotency_key };
  const rule = { code: "VALIDATION_ERROR", message: /^idempotency_key: .*deliveries/ };
  await assert.rejects(engine.opcode.run(request), rule);
  const { workflow_id } = await engine.opcode.run({ ...request, idempotency_key: "hook:mine" });
  await assert.rejects(engine.opcode.rerun({ workflow_id, idempotency_key }), rule);
  const received = isRun(await deliver(engine, { headers: { "x-github-delivery": "d1" } }));
  assert.equal(received.replayed, undefined);
});

test("another hook's delivery of the same id is another one", async () => {
  const { engine } = await open();
  const hook = { verify: "github", secret: "HOOK" };
  await engine.opcode.define({
    ...{ name: "w", agent_id: "author", definition: { steps: ECHO } },
    triggers: { webhook: [{ name: "in", ...hook }, { name: "two", ...hook }] },
  });
  const headers = { "x-github-delivery": "d1" };
  const one = isRun(await deliver(engine, { headers }));
  const two = isRun(await deliver(engine, { headers, name: "two" }));
  assert.notEqual(one.workflow_id, two.workflow_id);
});

const SAME: Record<string, [keyof typeof SIGN, string, Record<string, string>]> = {
  "an event id of Stripe's": ["stripe", '{"id":"evt_1"}', {}],
  "an event id of Slack's": ["slack", '{"event_id":"Ev1"}', {}],
  "a signature with its time": ["slack", '{"n":1}', {}],
  "a key": ["hmac-sha256", '{"n":1}', { "idempotency-key": "k" }],
  "an id": ["token", '{"n":1}', { "webhook-id": "k" }],
};
for (const [what, [verify, body, headers]] of Object.entries(SAME)) {
  test(`${what} tells that a delivery has come before`, async () => {
    const { engine } = await open({ verify });
    const once = () => deliver(engine, { sign: verify, body, headers });
    const first = isRun(await once());
    assert.equal(isRun(await once()).workflow_id, first.workflow_id);
  });
}

test("without an id each delivery is another one, where nothing tells them apart", async () => {
  const { engine } = await open({ verify: "hmac-sha256" });
  const first = isRun(await deliver(engine, { sign: "hmac-sha256" }));
  const second = isRun(await deliver(engine, { sign: "hmac-sha256" }));
  assert.notEqual(first.workflow_id, second.workflow_id);
});

test("a delivery that was refused is taken once it can be", async () => {
  const { engine } = await open({ map: ".body.n" });
  const again = { headers: { "x-github-delivery": "d1" } };
  isRefused(await deliver(engine, again), "unsuitable");
  await engine.opcode.define({
    ...{ name: "w", agent_id: "author", definition: { steps: ECHO } },
    triggers: { webhook: [{ name: "in", verify: "github", secret: "HOOK" }] },
  });
  const received = isRun(await deliver(engine, again));
  assert.equal(received.replayed, undefined);
});

test("who cannot be verified starts nothing, is told nothing, and is remembered without what it said", async () => {
  const { engine } = await open();
  const forged = { "x-hub-signature-256": `sha256=${"0".repeat(64)}` };
  const headers = { ...forged, "x-github-delivery": `d\x1b[31m${"x".repeat(500)}` };
  isRefused(
    await deliver(engine, { headers, query: [["token", "hush"]] }),
    "unverified",
    /^the delivery could not be verified$/,
  );
  const [rejected] = await rejections(engine);
  const { at, delivery_id, ...told } = rejected!;
  assert.match(String(at), /^2027-/);
  assert.deepEqual(told, {
    method: "POST",
    reason: "wrong signature",
    body_bytes: 7,
    query_bytes: 9,
  });
  assert.equal(String(delivery_id).length, 128);
  assert.match(String(delivery_id), /^d\?\[31mx+$/);
  assert.doesNotMatch(JSON.stringify(rejected), /hush|sesame/);
  assert.deepEqual(await runs(engine), []);
});

test("the last hundred are remembered, and all are counted", async () => {
  const { engine } = await open();
  for (let n = 0; n < 120; n++) {
    const headers = { "x-hub-signature-256": "x", "x-github-delivery": `d${n}` };
    await deliver(engine, { headers });
  }
  const last = await rejections(engine);
  assert.equal(last.length, 100);
  assert.deepEqual([last[0]!.delivery_id, last.at(-1)!.delivery_id], ["d119", "d20"]);
  assert.equal((await log(engine)).rejected, 120);
});

test("a body is not read of a hook that is not there, or cannot verify it", async () => {
  const { engine, vault } = await open();
  const bytes = () => Promise.reject(new Error("it was read"));
  isRefused(await deliver(engine, { template: "x", bytes }), "unknown", /no such hook/);
  isRefused(await deliver(engine, { name: "x", bytes }), "unknown", /no such hook/);
  isRefused(await deliver(engine, { method: "PUT", bytes }), "method", /POST/);
  vault.secrets.delete("HOOK");
  isRefused(await deliver(engine, { bytes }), "unavailable", /as things are/);
  vault.secrets.set("HOOK", "");
  isRefused(await deliver(engine, { bytes }), "unavailable");
  vault.isLocked = true;
  const locked = await deliver(engine, { bytes });
  isRefused(locked, "unavailable");
  assert.doesNotMatch(JSON.stringify(locked), /HOOK|vault/);
  const reasons = (await rejections(engine)).map(({ reason }) => String(reason));
  assert.match(reasons[0]!, /VAULT_ERROR.*locked/);
  assert.match(reasons[1]!, /secret "HOOK" is empty/);
  assert.match(reasons[2]!, /no such secret/);
  assert.equal(reasons[3], "another method");
});

test("of a flood most is turned away before anything is looked up, and what comes later is taken", async () => {
  const { engine } = await open();
  const bytes = () => Promise.reject(new Error("it was read"));
  const all = await Promise.allSettled(
    Array.from({ length: 1_000 }, (_, n) => deliver(engine, { template: `x${n}`, bytes })),
  );
  const busy = all.filter((one) => one.status === "rejected" && one.reason.code === "BUSY");
  assert.equal(busy.length, 1_000 - 256);
  isRun(await deliver(engine));
});

test("a body that breaks off is counted, and starts nothing", async () => {
  const { engine } = await open();
  const broken = new Error("cut");
  await assert.rejects(deliver(engine, { bytes: () => Promise.reject(broken) }), broken);
  assert.equal((await rejections(engine))[0]!.reason, "it broke off");
});

test("without a proof of its own a delivery is taken of this machine alone", async () => {
  const { engine } = await open({ verify: "none", secret: undefined as unknown as Json }, {
    more: { triggers: { webhook: [{ name: "in", verify: "none" }] } },
  });
  assert.equal(isRun(await deliver(engine, { stranger: null })).status, "completed");
  isRefused(await deliver(engine, { stranger: "no proof: a proxy" }), "unverified");
  assert.equal((await rejections(engine))[0]!.reason, "no proof: a proxy");
});

test("forms and texts are read, and what is no UTF-8, or compressed, is not", async () => {
  const { engine } = await open();
  const body = async (type: string | undefined, text: string, more = {}) => {
    const headers = { "content-type": type as string, ...more };
    return isRun(await deliver(engine, { body: text, headers })).output as JsonObject;
  };
  const form = "application/x-www-form-urlencoded";
  assert.deepEqual((await body(form, "a=1&b=%C3%BC&a=2&payload=%7B%7D")).body, {
    a: ["1", "2"],
    b: "ü",
    payload: "{}",
  });
  assert.equal((await body("text/plain; charset=UTF-8", "hé")).body, "hé");
  assert.equal((await body(undefined, "{}")).body, "{}");
  assert.deepEqual((await body("application/cloudevents+json", "[1]")).body, [1]);
  assert.equal((await body("application/json", "")).body, null);
  const refused = async (headers: Record<string, string>, why: string, text = "{}") =>
    isRefused(await deliver(engine, { body: text, headers }), why);
  await refused({ "content-encoding": "gzip" }, "kind");
  await refused({ "content-type": "application/json; charset=utf-16" }, "kind");
  await refused({ "content-type": form }, "unreadable", "a=1&".repeat(1_001));
});

test("Slack's question whether somebody is there is answered, once it is verified", async () => {
  const { engine } = await open({ verify: "slack" });
  const body = '{"type":"url_verification","challenge":"c3"}';
  assert.deepEqual(await deliver(engine, { sign: "slack", body }), {
    outcome: "challenge",
    challenge: "c3",
  });
  isRefused(await deliver(engine, { sign: "github", body }), "unverified");
  assert.deepEqual(await runs(engine), []);
});

test("who does not wait is told the run alone, and who waits how it ended", async () => {
  const { engine } = await open({}, {
    steps: [{ id: "a", action: "test.fail", params: { message: "${{inputs.body.n}}" } }],
  });
  const headers = { "x-github-delivery": "d1" };
  const quick = isRun(await deliver(engine, { headers, waitMs: 0 }));
  assert.deepEqual(Object.keys(quick).sort(), ["outcome", "status", "workflow_id"]);
  const { error, replayed } = isRun(await deliver(engine, { headers }));
  assert.equal(replayed, true);
  assert.deepEqual(Object.keys(error!), ["code", "message"]);
});

test("an agent that may not see the template any more has no deliveries", async () => {
  const agents = { author: { allow: ["*"], templates: ["other"], decide: "own" as const } };
  const { engine } = await open({}, { agents });
  isRefused(await deliver(engine), "unavailable");
  assert.match(String((await rejections(engine))[0]!.reason), /template "w" not found/);
});

test("an agent sees the hooks of the templates that it sees, and their logs", async () => {
  const rights = { allow: ["*"], decide: "own" as const };
  const agents = {
    alice: { ...rights, templates: ["w"] },
    bob: { ...rights, templates: ["other"] },
  };
  const { engine } = await open({}, { agents });
  const alice = engine.opcode.as("alice");
  assert.equal((await alice.hooks.list()).hooks.length, 1);
  assert.equal((await alice.hooks.log("w", "in")).name, "in");
  const bob = engine.opcode.as("bob");
  assert.deepEqual((await bob.hooks.list()).hooks, []);
  await assert.rejects(bob.hooks.log("w", "in"), { code: "NOT_FOUND" });
});

test("a hook of a template that is archived is closed, and open when that is back", async () => {
  const { engine } = await open();
  await engine.opcode.archive({ template_name: "w" });
  const closed = await deliver(engine);
  assert.equal(closed.outcome, "refused");
  assert.equal(closed.outcome === "refused" && closed.why, "unavailable");
  const { last_rejected } = await engine.opcode.hooks.log("w", "in");
  assert.match(String((last_rejected as JsonObject[])[0]!.reason), /"w" is archived since/);
  await engine.opcode.unarchive({ template_name: "w" });
  assert.equal((await deliver(engine)).outcome, "run");
});
