// Whether every surface takes what the contracts of the verbs say: names, types, limits, defaults.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import { buildProgram } from "../../cli/program.ts";
import type { CliContext } from "../../cli/context.ts";
import { define } from "../../cli/commands/define.ts";
import { run } from "../../cli/commands/run.ts";
import { signal } from "../../cli/commands/signal.ts";
import { LISTINGS } from "../../cli/listings.ts";
import type { JsonObject } from "../../core/json.ts";
import { LISTS, QUERY_RESOURCES } from "../../engine/contract/query.ts";
import type { AnyContract } from "../../engine/contract/terms.ts";
import { type Verb, VERBS } from "../../engine/contract/verbs.ts";
import { DEFINE_BODY, RUN_BODY, SIGNAL_BODY } from "../../server/api/bodies.ts";
import { readArguments } from "../../server/mcp/arguments.ts";
import { findTool, listTools } from "../../server/mcp/tools/toolset.ts";
import { startTestDaemon, suiteCleanup } from "../support/daemon.ts";
import { rest } from "../support/http.ts";
import { openTestEngine } from "../support/test-engine.ts";

const verbs = Object.entries(VERBS) as [Verb, AnyContract][];

/** A schema without what only says what it is for. */
function bare({ description: _, ...schema }: JsonObject): JsonObject {
  return schema;
}

function bareOf(properties: Readonly<Record<string, JsonObject>>): Record<string, JsonObject> {
  return Object.fromEntries(Object.entries(properties).map(([name, one]) => [name, bare(one)]));
}

/** What a surface has beside the contract, or asks more strictly; each for a reason told where it is. */
const TOOLS: Partial<Record<Verb, { more?: string[]; required?: string[] }>> = {
  query: { more: ["detail"] },
  run: { more: ["detail"] },
  signal: { more: ["detail"], required: ["payload"] },
  status: { more: ["detail"] },
};

test("each verb has a tool, with the arguments of its contract", () => {
  assert.deepEqual(
    listTools("dots", []).map(({ name }) => name),
    Object.keys(VERBS).map((verb) => `opcode.${verb}`),
  );
  for (const [verb, { properties, required }] of verbs) {
    const { more = [], required: also = [] } = TOOLS[verb] ?? {};
    const { inputSchema } = findTool(`opcode.${verb}`)!;
    const { ...given } = inputSchema.properties;
    for (const name of more) delete given[name];
    assert.deepEqual(bareOf(given), bareOf(properties), verb);
    assert.deepEqual(inputSchema.required, [...required, ...also], verb);
  }
});

test("what a tool lists of an argument is its contract, without bounds that nobody meets", () => {
  for (const [verb, { properties }] of verbs) {
    const { inputSchema } = listTools("dots", []).find(({ name }) => name === `opcode.${verb}`)!;
    for (
      const [name, { minLength: _, maxLength: _most, minimum: _zero, ...told }] of Object.entries(
        properties,
      )
    ) {
      if (typeof told.default !== "number") delete told.default;
      assert.deepEqual(bare(inputSchema.properties[name]!), bare(told), `${verb} ${name}`);
    }
  }
});

/** How each body differs from its contract. */
const BODIES: [Verb, JsonObject, { path?: string[]; other?: Record<string, JsonObject> }][] = [
  ["define", DEFINE_BODY, { other: { definition: {} } }],
  ["run", RUN_BODY, { other: { wait_ms: { ...VERBS.run.properties.wait_ms, default: 0 } } }],
  ["signal", SIGNAL_BODY, {
    path: ["workflow_id"],
    other: { wait_ms: { ...VERBS.signal.properties.wait_ms, default: 0 } },
  }],
];

test("each body has the members of its contract", () => {
  for (const [verb, body, { path = [], other = {} }] of BODIES) {
    const { properties, required }: AnyContract = VERBS[verb];
    const { ...wanted } = { ...properties, ...other };
    for (const name of path) delete wanted[name];
    const { properties: given, required: needed, additionalProperties } = body;
    assert.deepEqual(bareOf(given as Record<string, JsonObject>), bareOf(wanted), verb);
    assert.deepEqual(needed, required.filter((name) => !path.includes(name)), verb);
    assert.equal(additionalProperties, false, verb);
  }
});

/** Members by the words and flags that give them; null: not offered, since the command does without. */
const FLAGS: Record<Verb, Record<string, string | null>> = {
  define: {
    name: "--name",
    definition: "file",
    agent_id: "--agent",
    description: "--description",
    // The file has them.
    input_schema: "file",
    output_schema: "file",
    triggers: "file",
    dry_run: "--dry-run",
  },
  diagram: {
    template_name: "name-or-run",
    workflow_id: "name-or-run",
    version: "--version",
    format: "--format",
    include_status: null,
  },
  query: { resource: "resource", filter: "--filter" },
  run: {
    template_name: "name",
    agent_id: "--agent",
    version: "--version",
    params: "--params",
    // It follows the events.
    wait_ms: "--wait",
    idempotency_key: "--key",
    start_at: "--start-at",
    delay: "--delay",
    from_run: "--from-run",
    from_step: "--from-step",
  },
  signal: {
    workflow_id: "run",
    signal_type: "type",
    payload: "--payload",
    step_id: "--step",
    decision_id: "--decision",
    agent_id: "--agent",
    reasoning: "--reasoning",
    wait_ms: null,
  },
  status: { workflow_id: "run", step_id: "--step", fields: null },
};

/** Flags that say in another way what one of the table says. */
const SAME = ["--param", "--no-wait", "--choice", "--limit", "--output"];

test("each command has a flag for each member, and none for what there is not", () => {
  const program = buildProgram(() => {});
  const common = program.options.map(({ long }) => long);
  for (const [verb, { properties }] of verbs) {
    const flags = FLAGS[verb];
    assert.deepEqual(Object.keys(flags).sort(), Object.keys(properties).sort(), verb);
    const command = program.commands.find((one) => one.name() === verb)!;
    const there = [
      ...command.registeredArguments.map((one) => one.name()),
      ...command.options.map(({ long }) => long!),
    ];
    for (const flag of Object.values(flags)) {
      if (flag !== null) assert.ok([...there, ...common].includes(flag), `${verb} ${flag}`);
    }
    const idle = there.filter((flag) => !Object.values(flags).includes(flag));
    assert.deepEqual(idle.filter((flag) => !SAME.includes(flag)), [], verb);
  }
});

test("the command line tells of the types and lists that there are, and of their pages", () => {
  const program = buildProgram(() => {});
  const named = (name: string) => program.commands.find((one) => one.name() === name)!;
  for (const type of VERBS.signal.properties.signal_type.enum as string[]) {
    assert.match(named("signal").description(), new RegExp(`\\b${type}\\b`));
  }
  for (const resource of QUERY_RESOURCES) {
    assert.match(named("query").description(), new RegExp(`\\b${resource}\\b`));
  }
  assert.deepEqual(Object.keys(LISTINGS), [...QUERY_RESOURCES]);
  const { description } = named("query").options.find(({ long }) => long === "--limit")!;
  const pages = /default (\d+), events (\d+)/.exec(description)!.slice(1).map(Number);
  const limits = [LISTS.workflows, LISTS.events].map(({ filters }) => filters.limit!.default);
  assert.deepEqual(pages, limits);
});

test("what commands send is what the bodies take", async (t) => {
  const ajv = new Ajv2020({ strict: true });
  t.mock.method(process.stdout, "write", () => true);
  const sent = async (command: (context: CliContext) => Promise<unknown>): Promise<JsonObject> => {
    let body: JsonObject = {};
    const client = {
      get: () => Promise.resolve({ events: [], decisions: [] }),
      post: (_path: string, given: JsonObject) => {
        body = given;
        return Promise.resolve({ workflow_id: "w", status: "completed", ok: true, report: {} });
      },
    };
    const context = { signature: { agent_id: "a" }, json: true, client };
    await command(context as unknown as CliContext);
    return body;
  };
  const fromRun = "01a7c9d2-0000-7000-8000-000000000000";
  const starts = { version: "v1", key: "k", fromRun, fromStep: "s", wait: false };
  const answers = { type: "decision", step: "s", decision: "d", choice: "yes", reasoning: "so" };
  const { pathname: file } = new URL("../../examples/release-gate.json", import.meta.url);
  const bodies: [JsonObject, JsonObject][] = [
    [
      DEFINE_BODY,
      await sent((c) => define(c, { file, name: "n", description: "d", dryRun: true })),
    ],
    [RUN_BODY, await sent((c) => run(c, { name: "n", ...starts }))],
    [SIGNAL_BODY, await sent((c) => signal(c, { id: fromRun, ...answers }))],
  ];
  for (const [schema, body] of bodies) {
    assert.ok(Object.keys(body).length >= 6, JSON.stringify(body));
    const validate = ajv.compile(schema);
    assert.ok(validate(body), JSON.stringify([validate.errors, body]));
  }
});

describe("limits", () => {
  let url: string;
  const cleanup = suiteCleanup();
  before(async () => {
    url = (await startTestDaemon(cleanup)).url;
  });

  /** Requests in which all is right, as the routes and the engine take them. */
  const RIGHT: Record<"define" | "run" | "signal", [string, JsonObject]> = {
    define: ["/api/v1/templates", { name: "n", agent_id: "a", definition: { steps: [] } }],
    run: ["/api/v1/runs", { template_name: "n", agent_id: "a" }],
    signal: ["/api/v1/runs/w/signal", { signal_type: "decision", agent_id: "a", payload: {} }],
  };
  const BESIDE: Record<string, JsonObject> = {
    from_run: { from_step: "s" },
    from_step: { from_run: "w" },
  };

  /** Values that a schema has only just not, with the rule that says so. */
  function* beyond(
    { maxLength, minimum, maximum, ...schema }: JsonObject,
  ): Generator<[unknown, RegExp]> {
    if (maxLength) {
      yield ["a".repeat(Number(maxLength) + 1), new RegExp(`at most ${maxLength} char`)];
    }
    if (minimum !== undefined) {
      yield [Number(minimum) - 1, new RegExp(`from ${minimum} to ${maximum}$`)];
    }
    if (maximum !== undefined) {
      yield [Number(maximum) + 1, new RegExp(`from ${minimum} to ${maximum}$`)];
    }
    if (schema.enum) {
      yield ["x", new RegExp(`must be one of ${(schema.enum as string[]).join(", ")}`)];
    }
  }

  /** Values that it has only just. */
  function* within({ maxLength, minimum, maximum, ...schema }: JsonObject): Generator<unknown> {
    if (maxLength) yield "a".repeat(Number(maxLength));
    if (minimum !== undefined) yield minimum;
    if (maximum !== undefined) yield maximum;
    yield* (schema.enum ?? []) as string[];
  }

  for (
    const [verb, [path, base]] of Object.entries(RIGHT) as [
      keyof typeof RIGHT,
      [string, JsonObject],
    ][]
  ) {
    const { properties }: AnyContract = VERBS[verb];
    for (const [name, schema] of Object.entries(properties)) {
      if (verb === "signal" && name === "workflow_id") continue;
      test(`${verb}: ${name} has the same limits in REST and in the engine`, async () => {
        const { opcode } = await openTestEngine();
        const asked = (value: unknown): JsonObject => ({
          ...base,
          ...BESIDE[name],
          [name]: value as string,
        });
        const places: unknown[] = [];
        const told = async (value: unknown): Promise<string[]> => {
          const { body } = await rest(url, "POST", path, asked(value));
          const request = { workflow_id: "w", ...asked(value) };
          const thrown = await opcode[verb](request as never).then(
            () => undefined,
            (error) => error,
          );
          places.push(body.error?.details, thrown?.details);
          return [String(body.error?.message), String(thrown?.message)];
        };
        for (const [value, rule] of beyond(schema)) {
          for (const message of await told(value)) {
            assert.ok(message.startsWith(`${name}: `), message);
            assert.match(message, rule);
          }
        }
        assert.deepEqual(places, places.map(() => ({ path: name, field: name })));
        for (const value of within(schema)) {
          for (const message of await told(value)) {
            assert.doesNotMatch(message, new RegExp(`^${name}: .*(at most|from 0 to|one of data)`));
          }
        }
      });
    }
  }

  test("each list takes the filters of its contract, and a page of the length it says", async () => {
    const { opcode } = await openTestEngine();
    for (const resource of QUERY_RESOURCES) {
      const { filters } = LISTS[resource];
      const refusal = async (filter: JsonObject) => {
        const asked = { resource, filter };
        return await opcode.query(asked).then(() => "", (error) => error.message as string);
      };
      const unknown = await refusal({ nothing: "x" });
      assert.match(unknown, new RegExp(`known are ${Object.keys(filters).join(", ")}$`));
      for (const [name, schema] of Object.entries(filters)) {
        assert.doesNotMatch(await refusal({ [name]: "x" }), /is not a filter/);
        const { enum: known } = (schema.items ?? schema) as { enum?: string[] };
        if (known === undefined) continue;
        for (const value of known) {
          assert.equal(await refusal({ [name]: value }), "");
        }
        assert.match(
          await refusal({ [name]: "xxxxxxxxxx" }),
          new RegExp(`^filter.${name}: must be one of`),
        );
      }
      const { maximum } = filters.limit!;
      assert.equal(await refusal({ limit: maximum as number }), "");
      assert.match(
        await refusal({ limit: Number(maximum) + 1 }),
        new RegExp(`from 1 to ${maximum}`),
      );
    }
  });
});

describe("what an error is about", () => {
  let url: string;
  const cleanup = suiteCleanup();
  before(async () => {
    url = (await startTestDaemon(cleanup)).url;
  });

  test("stands at path, and for a while at field, wherever the error comes from", async () => {
    const rows: [string, string, unknown, string][] = [
      ["GET", "runs?limit=0", undefined, "filter.limit"],
      ["GET", "runs?nothing=1", undefined, "filter.nothing"],
      ["GET", "runs?cursor=x", undefined, "filter.cursor"],
      ["GET", "agents?limit=0", undefined, "limit"],
      ["GET", "agents?x=0", undefined, "x"],
      ["GET", "logs?level=loud", undefined, "level"],
      ["GET", "events?event_type=x", undefined, "filter.event_type"],
      ["GET", "events/stream?after=x", undefined, "after"],
      ["GET", "templates/t/versions/x", undefined, "version"],
      ["GET", "templates/t/diagram?format=x", undefined, "format"],
      ["GET", "runs/w/diagram?include_status=x", undefined, "include_status"],
      ["POST", "runs", {}, "agent_id"],
      ["POST", "runs", { agent_id: "a" }, "template_name"],
      ["POST", "runs", { agent_id: "a", nothing: 1 }, "nothing"],
      ["POST", "runs", { agent_id: "a", params: 1 }, "params"],
      ["POST", "runs", { agent_id: "a", from_run: "w" }, "from_step"],
      ["POST", "runs/w/signal", { signal_type: "decision" }, "agent_id"],
      ["POST", "runs/w/signal", { signal_type: "skip", payload: { x: 1 } }, "payload.x"],
      ["PUT", "secrets/-", { value: "x" }, "name"],
    ];
    for (const [method, route, asked, path] of rows) {
      const { body } = await rest(url, method, `/api/v1/${route}`, asked as JsonObject);
      const { code, details } = body.error;
      assert.equal(code, "VALIDATION_ERROR", route);
      assert.deepEqual([details?.path, details?.field], [path, path], `${route}: ${details}`);
    }
  });

  test("stands at path in the answers of tools too", async () => {
    const { opcode } = await openTestEngine();
    const calls: [Verb, JsonObject, string][] = [
      ["run", {}, "agent_id"],
      ["run", { agent_id: "a", nothing: 1 }, "nothing"],
      ["run", { agent_id: "a", params: 1 }, "params"],
      ["status", { workflow_id: "" }, "workflow_id"],
      ["query", { resource: "runs" }, "resource"],
      ["query", { resource: "workflows", filter: { limit: 0 } }, "filter.limit"],
      ["diagram", {}, "workflow_id"],
    ];
    for (const [verb, args, path] of calls) {
      const tool = findTool(`opcode.${verb}`)!;
      const context = { opcode, watch: {} } as unknown as Parameters<typeof tool.call>[1];
      const error = await readArguments(tool, args).then((read) => tool.call(read, context))
        .then(() => undefined, (thrown) => thrown);
      assert.equal(error?.details?.path, path, `${verb}: ${error?.message}`);
    }
  });
});
