// Whether the triggers of a template become schedules with it, change with it, and are checked with it.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Json, JsonObject } from "../../../core/json.ts";
import { triggerId } from "../../../engine/schedules/triggers.ts";
import { openTestEngine, pass, settle, type TestEngine } from "../../support/test-engine.ts";

const HOUR = 3_600_000;

async function open(): Promise<TestEngine> {
  const engine = await openTestEngine();
  engine.clock.advance(HOUR - engine.clock.now() % HOUR);
  await settle();
  return engine;
}

const request = (cron: Json, more: JsonObject = {}) => ({
  name: "w",
  agent_id: "author",
  definition: {
    inputs: { n: 1 },
    steps: [{ id: "a", action: "test.echo", params: { n: "${{inputs.n}}" } }],
  },
  triggers: { cron },
  ...more,
});

async function rows(engine: TestEngine): Promise<Record<string, Json>> {
  const { rows } = await engine.opcode.query({ resource: "schedules" });
  return Object.fromEntries(rows.map(({ name, cron, status }) => [name, `${cron} ${status}`]));
}

test("each makes a schedule in the commit of the template, that fires as the one who defined it", async () => {
  const engine = await open();
  const reply = await engine.opcode.define(request([
    { name: "hourly", expression: "0 * * * *", params: { n: 5 } },
    { name: "off", expression: "0 0 * * *", enabled: false },
  ]));
  assert.equal(reply.warnings, undefined);
  assert.deepEqual(await rows(engine), {
    "w.hourly": "0 * * * * active",
    "w.off": "0 0 * * * paused",
  });
  await pass(engine, HOUR);
  const { rows: [run, ...others] } = await engine.opcode.query({ resource: "workflows" });
  assert.deepEqual([run!.agent_id, run!.input_params, others.length], ["author", { n: 5 }, 0]);
});

test("one changes with the template, runs its latest version, and is retired when it is gone", async () => {
  const engine = await open();
  const one = { name: "hourly", expression: "0 * * * *" };
  await engine.opcode.define(request([one, { name: "daily", expression: "0 0 * * *" }]));
  const id = (await engine.opcode.schedules.get("w.hourly")).id;
  assert.equal(id, triggerId("w", "hourly"));
  await engine.opcode.schedules.update("w.hourly", { enabled: false });
  // Who only changes another part does not start what somebody has paused.
  await engine.opcode.define(request([{ ...one, expression: "30 * * * *" }]));
  assert.deepEqual(await rows(engine), {
    "w.daily": "0 0 * * * retired",
    "w.hourly": "30 * * * * paused",
  });
  await engine.opcode.define(request([{ ...one, enabled: true }]));
  await pass(engine, HOUR);
  const { rows: [run] } = await engine.opcode.query({ resource: "workflows" });
  assert.equal(run!.template_version, "v3");
  await engine.opcode.define(request([]));
  await pass(engine, HOUR);
  const { rows: all } = await engine.opcode.query({ resource: "workflows" });
  assert.equal(all.length, 1);
  const retired = await engine.opcode.schedules.get("w.hourly");
  assert.deepEqual([retired.status, retired.id, retired.next_times], ["retired", id, []]);
  await engine.opcode.define(request([one]));
  assert.equal((await engine.opcode.schedules.get("w.hourly")).status, "active");
});

test("a new version that leaves a trigger as it is keeps its next time", async () => {
  const engine = await open();
  const cron = [{ name: "hourly", expression: "0 * * * *" }];
  await engine.opcode.define(request(cron));
  await pass(engine, HOUR / 2);
  const before = await engine.opcode.schedules.get("w.hourly");
  await engine.opcode.define(request(cron, { description: "another" }));
  const after = await engine.opcode.schedules.get("w.hourly");
  assert.deepEqual(after.next_times, before.next_times);
});

test("a dry run tells what would become of the schedules, and changes none", async () => {
  const engine = await open();
  const stays = { name: "stays", expression: "0 * * * *" };
  await engine.opcode.define(request([stays, { name: "goes", expression: "0 0 * * *" }]));
  const { schedules } = await engine.opcode.dryRun(
    request([stays, { name: "comes", expression: "0 0 * * *" }], { description: "new" }),
  );
  assert.deepEqual(schedules!.map(({ name, change }) => [name, change]), [
    ["w.stays", "unchanged"],
    ["w.comes", "new"],
    ["w.goes", "retired"],
  ]);
  assert.deepEqual(Object.keys(await rows(engine)), ["w.goes", "w.stays"]);
});

const HOURLY = { name: "t", expression: "0 * * * *" };
const BAD: Record<string, [Json, string, RegExp]> = {
  "a bad field": [
    [{ ...HOURLY, expression: "0 25 * * *" }],
    "triggers.cron[0].expression",
    /position 3/,
  ],
  "no expression": [[{ name: "t" }], "triggers.cron[0].expression", /is required/],
  "an expression that is too long": [
    [{ ...HOURLY, expression: `${"0,".repeat(500)}0 * * * *` }],
    "triggers.cron[0].expression",
    /must have at most 1000 characters/,
  ],
  "what never comes": [
    [{ ...HOURLY, expression: "0 0 30 2 *" }],
    "triggers.cron[0].expression",
    /never comes/,
  ],
  "no such zone": [
    [HOURLY, { ...HOURLY, name: "u", timezone: "Europe/Berln" }],
    "triggers.cron[1].timezone",
    /did you mean "Europe\/Berlin"/,
  ],
  "an unknown member": [[{ ...HOURLY, catchup: "all" }], "triggers.cron[0].catchup", /catch_up/],
  "a bad overlap": [[{ ...HOURLY, overlap: "skp" }], "triggers.cron[0].overlap", /"skip"/],
  "a bad jitter": [[{ ...HOURLY, jitter: "25h" }], "triggers.cron[0].jitter", /at most 24h/],
  "a bad end": [[{ ...HOURLY, end_at: "soon" }], "triggers.cron[0].end_at", /RFC 3339/],
  "no runs at all": [[{ ...HOURLY, max_runs: 0 }], "triggers.cron[0].max_runs", /from 1 on/],
  "two of one name": [[HOURLY, HOURLY], "triggers.cron[1].name", /another trigger already/],
  "a dot in the name": [[{ ...HOURLY, name: "a.b" }], "triggers.cron[0].name", /no dot/],
  "no array": [{ expression: "0 * * * *" }, "triggers.cron", /array/],
};

for (const [what, [cron, path, rule]] of Object.entries(BAD)) {
  test(`${what} is refused where it stands, and nothing is stored`, async () => {
    const engine = await open();
    const { report } = await engine.opcode.dryRun(request(cron));
    assert.equal(report.errors![0]!.path, path);
    assert.match(report.errors![0]!.message, rule);
    await assert.rejects(engine.opcode.define(request(cron)), rule);
    assert.deepEqual(await rows(engine), {});
  });
}

test("an unknown kind of trigger is refused with those there are", async () => {
  const engine = await open();
  const asked = { ...request([]), triggers: { crons: [] } };
  await assert.rejects(engine.opcode.define(asked), /triggers\.crons: .*"?cron/);
});

test("params that no run could begin with are refused with the trigger", async () => {
  const engine = await open();
  const schema = { type: "object", properties: { n: { type: "integer" } }, required: ["n"] };
  const definition = { steps: [{ id: "a", action: "test.echo" }] };
  const asked = (params: JsonObject) =>
    request([{ ...HOURLY, params }], { definition, input_schema: schema });
  await assert.rejects(engine.opcode.define(asked({})), /triggers\.cron\[0\]\.params: params\.n/);
  await assert.rejects(engine.opcode.define(asked({ n: "x" })), /triggers\.cron\[0\]\.params/);
  await engine.opcode.define(asked({ n: 1 }));
});

test("one belongs to its template: only whether it is at work is changed by hand", async () => {
  const engine = await open();
  await engine.opcode.define(request([HOURLY]));
  const { schedules } = engine.opcode;
  await assert.rejects(schedules.update("w.t", { cron: "0 0 * * *" }), /made by its template/);
  await assert.rejects(schedules.remove("w.t"), /made by its template/);
  assert.equal((await schedules.update("w.t", { enabled: false })).status, "paused");
  await engine.opcode.define(request([]));
  await assert.rejects(schedules.update("w.t", { enabled: true }), /retired/);
  await schedules.remove("w.t");
  assert.deepEqual(await rows(engine), {});
});

test("all that is wrong with the triggers is told at once", async () => {
  const engine = await open();
  const triggers = {
    cron: [
      { name: "a.b", expression: "99 * * * *", tz: "UTC", overlap: "skp", max_runs: 0 },
      { expression: "0 * * * *", params: { m: 1 } },
      "0 * * * *",
    ],
    webhook: [
      { name: "in", verify: "hmac" },
      { verify: "github", map: " " },
      { name: "map", verify: "token", secret: "S", map: "{" },
    ],
    notify: { url: "x", events: [] },
    crons: [],
  };
  const faults = async (more: JsonObject) => {
    const { report } = await engine.opcode.dryRun({ ...request([]), triggers, ...more });
    return report.errors!.map(({ path }) => path.replace("triggers.", ""));
  };
  assert.deepEqual(await faults({}), [
    "crons",
    "cron[0].tz",
    "cron[0].name",
    "cron[0].expression",
    "cron[0].overlap",
    "cron[0].max_runs",
    "cron[2]",
    "webhook[0].verify",
    "webhook[1].name",
    "webhook[1].secret",
    "webhook[1].map",
    "notify.url",
    "notify.events",
    "notify.secret",
    "cron[1].params",
    "webhook[2].map",
  ]);
  await assert.rejects(
    engine.opcode.define({ ...request([]), triggers: { cron: "0 * * * *" } }),
    /triggers\.cron: must be an array, such as \[\{"expression": "30 2 \* \* \*"\}\]$/,
  );
  await assert.rejects(
    engine.opcode.define(request([{ expression: "0 * * * *", tz: "UTC" }])),
    /cron\[0\]\.tz: is not a member of a cron trigger \(did you mean "timezone"\?\)/,
  );
});

test("who leaves out what the latest version has is told what becomes of it", async () => {
  const engine = await open();
  const { triggers: _, ...bare } = request([]);
  const schemas = { input_schema: { type: "object" }, output_schema: { type: "object" } };
  const triggers = {
    cron: [{ name: "hourly", expression: "0 * * * *" }],
    webhook: [{ name: "in", verify: "token", secret: "S", map: "{}" }],
  };
  await engine.opcode.define({ ...bare, ...schemas, triggers });
  const expected = [
    "input_schema: is left out, and that of v1 is gone: params are not checked any more; give it " +
    "again to keep it",
    "output_schema: is left out, and that of v1 is gone: the output is not checked any more; give " +
    "it again to keep it",
    "triggers: is left out, and those of v1 are gone: schedules that are retired: w.hourly; hooks: " +
    "/hooks/w/in; give it again to keep it",
  ];
  const lines = (issues: { path: string; message: string }[] = []) =>
    issues.map(({ path, message }) => `${path}: ${message}`);
  assert.deepEqual(lines((await engine.opcode.dryRun(bare)).report.warnings), expected);
  assert.deepEqual(lines((await engine.opcode.define(bare)).warnings), expected);
  assert.deepEqual(await rows(engine), { "w.hourly": "0 * * * * retired" });
  assert.equal((await engine.opcode.define(bare)).warnings, undefined);
  // Who says so means it.
  await engine.opcode.define({ ...bare, input_schema: { type: "object" }, triggers });
  const emptied = await engine.opcode.define({ ...bare, input_schema: {}, triggers: {} });
  assert.equal(emptied.warnings, undefined);
});
