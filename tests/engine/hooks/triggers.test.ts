// Whether webhook triggers of a template become hooks with it, go with it, and are checked with it.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Json, JsonObject } from "../../../core/json.ts";
import { HOOK_SCHEMES } from "../../../core/hook-terms.ts";
import { proofOf } from "../../../engine/hooks/proof.ts";
import { SIGN } from "../../support/hook-signatures.ts";
import { openTestEngine, type TestEngine } from "../../support/test-engine.ts";
import { TestVault } from "../../support/test-vault.ts";

const open = () => openTestEngine({ secrets: new TestVault({ HOOK: "sesame" }) });

const request = (webhook: Json, more: JsonObject = {}) => ({
  name: "w",
  agent_id: "author",
  definition: { steps: [{ id: "a", action: "test.echo", params: { b: "${{inputs.body}}" } }] },
  triggers: { webhook },
  ...more,
});

const listed = async (engine: TestEngine) =>
  (await engine.opcode.hooks.list()).hooks.map(({ template_name, name, verify }) =>
    `${template_name}/${name} ${verify}`
  );

const SIGNED = { name: "in", verify: "github", secret: "HOOK" };

test("they are those of the latest version, from its commit on", async () => {
  const engine = await open();
  await engine.opcode.define(request([SIGNED, { name: "open", verify: "none" }]));
  assert.deepEqual(await listed(engine), ["w/in github", "w/open none"]);
  await engine.opcode.define(request([{ ...SIGNED, verify: "stripe" }]));
  assert.deepEqual(await listed(engine), ["w/in stripe"]);
  const { triggers: _, ...without } = request([]);
  await engine.opcode.define(without);
  assert.deepEqual(await listed(engine), []);
});

test("they belong to who defined the template last", async () => {
  const engine = await open();
  await engine.opcode.define(request([SIGNED]));
  await engine.opcode.define(request([SIGNED], { agent_id: "other", description: "new" }));
  const { hooks: [hook] } = await engine.opcode.hooks.list({ agent_id: "other" });
  assert.deepEqual(
    [hook!.agent_id, hook!.secret, hook!.path],
    ["other", "HOOK", "/hooks/w/in"],
  );
  assert.deepEqual((await engine.opcode.hooks.list({ agent_id: "author" })).hooks, []);
});

test("a secret that is not stored yet is warned of", async () => {
  const engine = await open();
  const { warnings } = await engine.opcode.define(request([{ ...SIGNED, secret: "LATER" }]));
  const [warning] = warnings!;
  assert.equal(warning!.path, "triggers.webhook[0].secret");
  assert.match(warning!.message, /opcode secret set LATER.*503/);
  assert.equal((await engine.opcode.define(request([SIGNED]))).warnings, undefined);
});

const AT = "triggers.webhook[0]";
const BAD: Record<string, [Json, string, RegExp]> = {
  "no array": [SIGNED, "triggers.webhook", /array/],
  "no object": [["x"], AT, /object/],
  "an unknown member": [[{ ...SIGNED, secert: "S" }], `${AT}.secert`, /did you mean "secret"/],
  "no name": [[{ verify: "none" }], `${AT}.name`, /is required/],
  "a dot in the name": [[{ ...SIGNED, name: "a.b" }], `${AT}.name`, /no dot/],
  "two of one name": [[SIGNED, SIGNED], "triggers.webhook[1].name", /another trigger already/],
  "no scheme": [[{ name: "in" }], `${AT}.verify`, /is required: one of hmac-sha256/],
  "a slip in the scheme": [[{ ...SIGNED, verify: "gihub" }], `${AT}.verify`, /mean "github"/],
  "a scheme without a secret": [[{ name: "in", verify: "slack" }], `${AT}.secret`, /is required/],
  "a secret beside none": [
    [{ ...SIGNED, verify: "none" }],
    `${AT}.secret`,
    /no meaning beside verify none/,
  ],
  "a secret that is no name": [[{ ...SIGNED, secret: "s3 cret!" }], `${AT}.secret`, /the name of/],
  "a program that does not compile": [[{ ...SIGNED, map: "{a: " }], `${AT}.map`, /line 1/],
  "a program that is empty": [[{ ...SIGNED, map: " " }], `${AT}.map`, /jq program/],
};

for (const [what, [webhook, path, rule]] of Object.entries(BAD)) {
  test(`${what} is refused where it stands, and nothing is stored`, async () => {
    const engine = await open();
    const { report } = await engine.opcode.dryRun(request(webhook));
    assert.equal(report.errors![0]!.path, path);
    assert.match(report.errors![0]!.message, rule);
    await assert.rejects(engine.opcode.define(request(webhook)), rule);
    assert.deepEqual(await listed(engine), []);
  });
}

test("a template that takes nothing of a delivery needs a program that makes its params", async () => {
  const engine = await open();
  const input_schema = { type: "object", properties: { n: { type: "integer" } } };
  const definition = { steps: [{ id: "a", action: "test.echo", params: { n: "${{inputs.n}}" } }] };
  const asked = (webhook: Json) => request(webhook, { input_schema, definition });
  await assert.rejects(
    engine.opcode.define(asked([SIGNED])),
    /map: is required: the template takes none of body, headers, query/,
  );
  await engine.opcode.define(asked([{ ...SIGNED, map: "{n: .body.n}" }]));
});

test("a template that no URL can name has no hooks", async () => {
  const engine = await open();
  for (const name of [".", ".."]) {
    const defined = engine.opcode.define(request([SIGNED], { name }));
    await assert.rejects(defined, /triggers\.webhook: no URL can name a template/);
  }
  await engine.opcode.define(request([SIGNED], { name: "..." }));
});

test("lists go on where a page ended, and refuse a cursor of another list", async () => {
  const engine = await open();
  for (const name of ["a", "b", "c"]) {
    await engine.opcode.define(request([SIGNED], { name }));
  }
  const { hooks } = engine.opcode;
  const first = await hooks.list({ limit: 2 });
  assert.deepEqual(first.hooks.map((hook) => hook.template_name), ["a", "b"]);
  const second = await hooks.list({ limit: 2, cursor: first.next_cursor });
  assert.deepEqual(second.hooks.map((hook) => hook.template_name), ["c"]);
  assert.equal(second.next_cursor, undefined);
  const other = hooks.list({ template_name: "a", cursor: first.next_cursor });
  await assert.rejects(other, /another list/);
  await assert.rejects(hooks.list({ limit: 0 }), /limit: must be a whole number/);
  await assert.rejects(hooks.log("a", "inn"), /no hook "inn"; did you mean "in"/);
});

test("whoever defines a hook is told where it is and what proves a delivery, as long as it is there", async () => {
  const engine = await open();
  const hooks = [SIGNED, { name: "open", verify: "none" }];
  const told = [
    {
      name: "in",
      path: "/hooks/w/in",
      signature: "X-Hub-Signature-256: sha256=HEX of the body (HMAC-SHA256 by the secret)",
    },
    { name: "open", path: "/hooks/w/open" },
  ];
  const { webhooks, warnings } = await engine.opcode.define(request(hooks));
  assert.deepEqual(webhooks, told);
  assert.deepEqual(warnings!.map(({ path, message }) => `${path}: ${message}`), [
    "triggers.webhook[1].verify: asks for no proof: whoever reaches /hooks/w/open starts runs",
  ]);
  assert.deepEqual((await engine.opcode.define(request(hooks))).webhooks, told);
  const row = async (version: string) => {
    const filter = { name: "w", version };
    return (await engine.opcode.query({ resource: "templates", filter })).rows[0]!.webhooks;
  };
  assert.deepEqual(await row("v1"), told);
  const { rows } = await engine.opcode.query({ resource: "templates" });
  assert.deepEqual(rows[0]!.webhooks, told);
  await engine.opcode.define(request([{ ...SIGNED, name: "other" }]));
  assert.equal(await row("v1"), undefined);
  assert.equal((await row("latest") as unknown[]).length, 1);
});

test("what is told of a scheme names the headers that its senders use", () => {
  for (const [scheme, sign] of Object.entries(SIGN)) {
    const told = proofOf(scheme as keyof typeof SIGN)!.toLowerCase();
    for (const header of Object.keys(sign("secret", "body", 0))) {
      assert.ok(told.includes(`${header}: `), `${scheme}: ${header}`);
    }
  }
  assert.deepEqual(HOOK_SCHEMES.filter((scheme) => proofOf(scheme) === undefined), ["none"]);
});

test("inputs that no delivery gives are told, of a hook without a program", async () => {
  const engine = await open();
  const told = async (webhook: Json, more: JsonObject) =>
    ((await engine.opcode.define(request(webhook, more))).warnings ?? []).map(
      ({ path, message }) => `${path}: ${message}`,
    );
  const reading = (text: string, more: JsonObject = {}) => ({
    definition: { steps: [{ id: "a", action: "test.echo", params: { text } }], ...more },
  });
  const map = "triggers.webhook[0].map: without one a delivery gives the inputs body, headers, " +
    "query alone, and the template asks for ";
  const mixed = "${{inputs.event}} ${{inputs.body}}";
  assert.deepEqual(await told([SIGNED], reading(mixed)), [
    `${map}"event": a jq program such as {event: .body.event} makes them`,
  ]);
  assert.deepEqual(await told([{ ...SIGNED, map: "{event: .body.e}" }], reading(mixed)), []);
  assert.deepEqual(await told([{ ...SIGNED, map: "{event: .event}" }], reading(mixed)), [
    'triggers.webhook[0].map: reads "event", which no delivery has; there are body, headers, query; ' +
    "a member of what is sent is .body.event",
  ]);
  assert.deepEqual(await told([SIGNED], reading(mixed, { inputs: { event: "push" } })), []);
  const properties = { body: {}, n: { type: "integer" } };
  const input_schema = { type: "object", properties, required: ["n"] };
  assert.deepEqual(await told([SIGNED], { ...reading("${{inputs.body}}"), input_schema }), [
    `${map}"n": a jq program such as {n: .body.n} makes them`,
  ]);
});
