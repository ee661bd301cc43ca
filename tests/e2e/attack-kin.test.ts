// Whether a daemon with a heap of 256 MiB lives through attacks on memory, schemas and the event loop that
// are kin of the known ones: outputs that come and go, values that grow on their way, costs that hide.

import assert from "node:assert/strict";
import { before, describe, test, type TestContext } from "node:test";
import type { JsonObject } from "../../core/json.ts";
import { nested } from "../support/attack.ts";
import { assertEnds, besideOthers, defineBeside, neighbourRun } from "../support/beside.ts";
import { spawnDaemon, type SpawnedDaemon, suiteCleanup, tempHome } from "../support/daemon.ts";
import { type Answer, defineTemplate, rest } from "../support/http.ts";
import { loop, parallel } from "../support/steps.ts";
import { long } from "../support/trials.ts";

const MIB = 1024 * 1024;
const OVER = ["BUDGET_EXCEEDED", "BUSY"];
const VAULT = { OPCODE_VAULT_KEY: `hex:${"5a".repeat(32)}` };

const range = <T>(length: number, item: (i: number) => T): T[] =>
  Array.from({ length }, (_, i) => item(i));

const action = (
  id: string,
  name: string,
  params: JsonObject,
  after: string[] = [],
): JsonObject => ({
  id,
  action: name,
  params,
  ...(after.length > 0 && { depends_on: after }),
});

/** A step that prints so many bytes of one character. */
const print = (id: string, bytes: number, character = "x", after: string[] = []) =>
  action(id, "shell.exec", {
    command: `head -c ${bytes} /dev/zero | tr '\\0' '${character}'`,
    shell: true,
  }, after);

/** A step that reads one output, and no other, to know whether it begins. */
const reader = (id: string, of: string, after: string[] = [of]): JsonObject => ({
  id,
  action: "crypto.uuid",
  condition: `size(steps.${of}.output.stdout_raw) > 0`,
  ...(after.length > 0 && { depends_on: after }),
});

describe("with a heap of 256 MiB the daemon lives through", () => {
  const cleanup = suiteCleanup();
  let daemon: SpawnedDaemon;
  const spawn = async () => daemon = await spawnDaemon(cleanup, { heapMiB: 256, env: VAULT });
  before(spawn);

  const start = (template_name: string, more: JsonObject = {}): Promise<Answer> =>
    rest(daemon.url, "POST", "/api/v1/runs", {
      template_name,
      agent_id: "attacker",
      wait_ms: 60_000,
      ...more,
    });
  const fork = (from_run: string, from_step: string) =>
    rest(daemon.url, "POST", "/api/v1/runs", {
      from_run,
      from_step,
      agent_id: "attacker",
      wait_ms: 60_000,
    });
  const signal = (id: string, body: JsonObject) =>
    rest(daemon.url, "POST", `/api/v1/runs/${id}/signal`, body);

  let names = 0;
  /** A test with a daemon that another attack has not ended. */
  const attack = (
    name: string,
    body: (t: TestContext, template: string) => Promise<void>,
  ) =>
    test(name, async (t) => {
      if (daemon.child.exitCode !== null || daemon.child.signalCode !== null) await spawn();
      await body(t, `t${++names}`);
    });
  const longAttack = long(attack);
  /** Runs it beside others. */
  const run = async (
    t: TestContext,
    name: string,
    steps: unknown[],
    params: JsonObject = {},
  ) =>
    await besideOthers(t, daemon, async () => {
      await defineTemplate(daemon.url, name, steps);
      const answer = await start(name, { params });
      t.diagnostic(
        `${answer.body.status} ${answer.body.error?.code ?? ""} ${
          answer.body.error?.message?.slice(0, 200) ?? ""
        }`,
      );
      assert.notEqual(answer.body.error?.code, "INTERNAL_ERROR");
      return answer.body;
    });

  describe("memory:", () => {
    longAttack(
      "races over large outputs in loops, each asked for again and again",
      async (t, name) => {
        const outputs = range(6, (n) => print(`p${n}`, 3 * MIB, "x", n > 0 ? [`p${n - 1}`] : []));
        const branches = range(6, (n) => [reader("read", `p${n}`, [])]);
        const over = range(20, (n) => n);
        const { status, error } = await run(t, name, [
          ...outputs,
          loop("l", { over, concurrency: 4 }, [parallel("r", branches, "race")], {
            depends_on: ["p5"],
          }),
        ]);
        assert.equal(status, "completed", JSON.stringify(error));
      },
    );

    longAttack(
      "runs that are cancelled, forked and retried while they wait for room",
      async (t, name) => {
        const steps = [
          ...range(5, (n) => print(`p${n}`, 3 * MIB, "x", n > 0 ? [`p${n - 1}`] : [])),
          { id: "w", type: "wait", config: { signal: "go" }, depends_on: ["p4"] },
          ...range(5, (n) => reader(`n${n}`, `p${n}`, [`p${n}`, "w"])),
        ];
        await besideOthers(t, daemon, async () => {
          await defineTemplate(daemon.url, name, steps);
          const runs = await Promise.all(range(4, () => start(name)));
          assertEnds(t, runs, ["suspended", ...OVER]);
          const resting = runs.filter(({ body }) => body.status === "suspended");
          assert.ok(resting.length > 0);
          const go = { signal_type: "data", payload: { signal: "go" } };
          const answers = await Promise.all(resting.flatMap(({ body: { workflow_id: id } }, n) => [
            fork(id, "w"),
            fork(id, "p2"),
            signal(id, go),
            n % 2 === 0
              ? signal(id, { signal_type: "cancel" })
              : signal(id, { ...go, wait_ms: 5_000 }),
          ]));
          assertEnds(t, answers, [
            "suspended",
            "completed",
            "cancelled",
            "CANCELLED",
            "active",
            "CONFLICT",
            "other",
            ...OVER,
          ]);
          // What was given up holds nothing: there is room for a run as large.
          const again = await start(name);
          assert.equal(again.body.status, "suspended", JSON.stringify(again.body));
        });
      },
    );

    attack("control characters, whose JSON is six times as long", async (t, name) => {
      const { status, error } = await run(
        t,
        name,
        range(8, (n) => print(`p${n}`, 4 * MIB, "\\001")),
      );
      assert.equal(status, "failed");
      assert.match(error.message, /^the run's output, .* has 1\d+ characters as JSON; it may have/);
    });

    longAttack(
      "a large output that children hand up nine levels, three times at once",
      async (t, name) => {
        await besideOthers(t, daemon, async () => {
          await defineTemplate(daemon.url, `${name}-0`, [print("p", 5 * MIB)]);
          for (let level = 1; level < 10; level++) {
            const params = { template_name: `${name}-${level - 1}` };
            await defineTemplate(daemon.url, `${name}-${level}`, [
              action("child", "workflow.run", params),
            ]);
          }
          const answers = await Promise.all(range(3, () => start(`${name}-9`)));
          assertEnds(t, answers, ["completed", ...OVER]);
        });
      },
    );

    attack("outputs that are sealed, and so cannot leave memory", async (t, name) => {
      const secret = { value: "a-secret-of-some-length" };
      assert.equal((await rest(daemon.url, "PUT", "/api/v1/secrets/S", secret)).status, 201);
      const { status, error } = await run(
        t,
        name,
        range(12, (n) =>
          action(`p${n}`, "shell.exec", {
            command: `cat; head -c ${3 * MIB} /dev/zero | tr '\\0' x`,
            shell: true,
            stdin: "${{secrets.S}}",
          }, n > 0 ? [`p${n - 1}`] : [])),
      );
      assert.deepEqual([status, error?.code], ["failed", "BUDGET_EXCEEDED"]);
    });

    attack("one text of 1 MiB that a step's params name 5,000 times", async (t, name) => {
      const list = range(4_900, () => "${{steps.p.output.stdout_raw}}");
      const params = { text: list.join("") };
      const { status, error } = await run(t, name, [
        print("p", MIB),
        action("h", "crypto.hash", { data: params.text }, ["p"]),
        action("l", "workflow.log", { message: "m", data: { list } }, ["p"]),
      ]);
      assert.deepEqual([status, error?.code], ["failed", "BUDGET_EXCEEDED"]);
    });

    attack("texts that double from step to step", async (t, name) => {
      const steps = range(30, (n) =>
        action(`d${n}`, "expr.eval", {
          expression: n === 0
            ? `repeat("x", 1000)`
            : `steps.d${n - 1}.output.result + steps.d${n - 1}.output.result`,
        }, n > 0 ? [`d${n - 1}`] : []));
      const { status, error } = await run(t, name, steps);
      assert.equal(status, "failed");
      // On a busy machine the time of an expression may be over before its room is.
      assert.match(
        `${error.code} ${error.message}`,
        /BUDGET_EXCEEDED|more than 24 MiB as JSON|did not end within 2 s/,
      );
    });

    attack("1,000 guards over a context with a member of 3.9 MB", async (t, name) => {
      const steps = [
        { id: "w", type: "wait", config: { signal: "go" } },
        ...range(1_000, (n) => ({
          id: `g${n}`,
          action: "crypto.uuid",
          depends_on: ["w"],
          condition: "context.big.contains('y')",
        })),
      ];
      await besideOthers(t, daemon, async () => {
        await defineTemplate(daemon.url, name, steps);
        const { body: { workflow_id: id } } = await start(name);
        const payload = { signal: "go", big: "x".repeat(3_900_000) };
        const { body } = await signal(id, { signal_type: "data", payload, wait_ms: 60_000 });
        assert.equal(body.status, "completed", JSON.stringify(body).slice(0, 500));
      });
    });

    longAttack("kill -9 amid runs that wait for large outputs", async (t, name) => {
      const home = tempHome(t);
      const first = await spawnDaemon(t, { home, heapMiB: 256 });
      await defineBeside(first.url);
      const steps = [
        ...range(5, (n) => print(`p${n}`, 3 * MIB, "x", n > 0 ? [`p${n - 1}`] : [])),
        ...range(40, (n) => reader(`n${n}`, `p${n % 5}`, ["p4"])),
      ];
      await defineTemplate(
        first.url,
        name,
        steps.map((step) => ({
          ...step,
          on_interrupt: "resume",
        })),
      );
      const ids: string[] = [];
      for (let i = 0; i < 6; i++) {
        const request = { template_name: name, agent_id: `a${i % 2}`, wait_ms: 0 };
        ids.push((await rest(first.url, "POST", "/api/v1/runs", request)).body.workflow_id);
      }
      let current = first;
      for (let kills = 0; kills < 2; kills++) {
        await neighbourRun(current.url);
        await current.kill();
        const began = performance.now();
        current = await spawnDaemon(t, { home, heapMiB: 256 });
        await neighbourRun(current.url);
        t.diagnostic(`served again after ${(performance.now() - began).toFixed(0)} ms`);
      }
      const ends: Answer[] = [];
      for (const id of ids) {
        let answer: Answer;
        const limit = performance.now() + 60_000;
        do {
          answer = await rest(current.url, "GET", `/api/v1/runs/${id}`);
          await new Promise((resolve) => setTimeout(resolve, 20));
        } while (answer.body.status === "active" && performance.now() < limit);
        ends.push({ ...answer, body: { status: answer.body.error?.code ?? answer.body.status } });
      }
      assertEnds(t, ends, ["completed"]);
      assert.equal(current.child.exitCode, null);
    });
  });

  describe("schemas:", () => {
    const fits = (schema: unknown, value: unknown) => [
      { id: "s", action: "assert.schema", params: { schema, data: value } },
    ];
    const cases: [name: string, schema: unknown, value: unknown][] = [
      ["200 patterns over 9,000 members", {
        patternProperties: Object.fromEntries(
          range(200, (n) => [`^(a|b|k)*[0-9]{1,9}${n}$`, { type: "integer" }]),
        ),
      }, Object.fromEntries(range(9_000, (n) => [`k${n}`, n]))],
      [
        "unique items that differ in the last member",
        { uniqueItems: true },
        range(6_000, (n) => [
          range(20, () => 0),
          n,
        ]),
      ],
      ["unevaluatedProperties below forty levels of allOf", {
        $defs: Object.fromEntries(range(41, (n) => [
          `d${n}`,
          n === 40 ? { type: "object" } : {
            allOf: [{ $ref: `#/$defs/d${n + 1}` }, { $ref: `#/$defs/d${n + 1}` }],
          },
        ])),
        $ref: "#/$defs/d0",
        unevaluatedProperties: false,
      }, { x: 1 }],
      ["contains in contains over lists of lists", {
        contains: { contains: { contains: { const: "never" } } },
      }, range(40, () => range(40, () => range(40, () => "x")))],
      ["a schema that refers to itself over a value of 400 levels", {
        $id: "https://a.example/s",
        anyOf: [
          { items: { $dynamicRef: "#m" }, maxItems: 0 },
          { items: { $dynamicRef: "#m" }, maxItems: 1 },
        ],
        $dynamicAnchor: "m",
      }, JSON.parse(nested(400))],
      ["if, then and else that double", {
        $schema: "http://json-schema.org/draft-07/schema#",
        definitions: Object.fromEntries(range(40, (n) => [
          `d${n}`,
          n === 39 ? { type: "string" } : {
            if: { $ref: `#/definitions/d${n + 1}` },
            then: { $ref: `#/definitions/d${n + 1}` },
            else: { $ref: `#/definitions/d${n + 1}` },
          },
        ])),
        $ref: "#/definitions/d0",
      }, 1],
    ];
    for (const [title, schema, value] of cases) {
      attack(title, async (t, name) => {
        const { status, error } = await run(t, name, fits(schema, value));
        if (status !== "completed") {
          assert.doesNotMatch(error.message, /call stack|node_modules|undefined/);
        }
      });
    }
    attack("the same, as input_schema and output_schema, ten at once", async (t, name) => {
      await besideOthers(t, daemon, async () => {
        const answers = await Promise.all(
          cases.flatMap(([, schema, value], i) =>
            ["input_schema", "output_schema"].map(async (which) => {
              const definition = {
                steps: [action("l", "expr.eval", { expression: "inputs.value" })],
              };
              const body = {
                name: `${name}-${i}-${which}`,
                agent_id: "attacker",
                definition,
                [which]: which === "input_schema" ? { properties: { value: schema } } : schema,
              };
              const defined = await rest(daemon.url, "POST", "/api/v1/templates", body);
              if (defined.status !== 201) return defined;
              return await start(body.name, { params: { value } as JsonObject });
            })
          ),
        );
        assertEnds(t, answers, [
          "completed",
          "failed",
          "VALIDATION_ERROR",
          "NON_RETRYABLE",
          ...OVER,
        ]);
      });
    });
  });

  describe("the event loop:", () => {
    const deep = JSON.parse(nested(900)) as JsonObject;
    attack("a value of 900 levels through every action that takes one", async (t, name) => {
      const value = "${{inputs.deep}}";
      await defineTemplate(daemon.url, `${name}-child`, [
        action("e", "jq.transform", { filter: ".", data: value }),
      ]);
      const steps = [
        action("eq", "assert.equals", { expected: value, actual: value }),
        action("schema", "assert.schema", { schema: { type: "array" }, data: value }),
        action("jq", "jq.transform", { filter: ".", data: value }),
        action("flat", "jq.transform", { filter: "[.. | arrays] | length", data: value }),
        action("expr", "expr.eval", { expression: "inputs.deep == inputs.deep" }),
        action("log", "workflow.log", { message: "m", data: { value } }),
        action("emit", "workflow.emit", { event_type: "e", payload: { value } }),
        action("ctx", "workflow.context", { action: "update", data: { value } }),
        action("child", "workflow.run", {
          template_name: `${name}-child`,
          params: { deep: value },
        }),
        action("hash", "crypto.hash", { data: "x${{inputs.deep}}" }),
        { id: "guard", action: "crypto.uuid", condition: "inputs.deep == inputs.deep" },
      ].map((step) => ({ ...step, on_error: { strategy: "ignore" } }));
      const { status, workflow_id } = await run(t, name, steps, { deep });
      assert.equal(status, "completed");
      const { body } = await rest(daemon.url, "GET", `/api/v1/runs/${workflow_id}`);
      assert.doesNotMatch(JSON.stringify(body), /call stack|INTERNAL/);
    });

    attack(
      "an object of 20,000 members that an expression makes, read and shown",
      async (t, name) => {
        const { status, error } = await run(t, name, [
          action("wide", "jq.transform", {
            filter: `reduce range(20000) as $n ({}; .["k\\($n)"] = $n)`,
            data: null,
          }),
          ...range(
            5,
            (n) => action(`r${n}`, "expr.eval", { expression: `len(steps.wide.output)` }, ["wide"]),
          ),
          {
            id: "guard",
            action: "crypto.uuid",
            depends_on: ["wide"],
            condition: "size(steps.wide.output) > 1",
          },
          action("log", "workflow.log", { message: "m", data: { w: "${{steps.wide.output}}" } }, [
            "wide",
          ]),
          {
            id: "ask",
            type: "reasoning",
            depends_on: ["wide"],
            config: {
              prompt_context: "?",
              data_inject: { wide: "steps.wide.output" },
              options: [{ id: "y" }],
            },
          },
        ]);
        t.diagnostic(`${status} ${error?.message ?? ""}`);
        assert.ok(
          status === "suspended" || error.code === "BUDGET_EXCEEDED",
          JSON.stringify(error),
        );
      },
    );

    attack("100,000 patterns of jq against texts that almost match", async (t, name) => {
      const { status, error } = await run(
        t,
        name,
        range(4, (n) =>
          action(`m${n}`, "jq.transform", {
            filter: `[range(100000) | ("a" * 40 + "\\(.)") | test("^(a*)*(a*)*b$")] | any`,
            data: null,
          })),
      );
      t.diagnostic(`${status} ${error?.code ?? ""} ${error?.message ?? ""}`);
      if (status !== "completed") assert.match(error.message, /did not end within 2 s/);
    });

    attack("two texts of 3 MiB that differ in their last character", async (t, name) => {
      const { status, error } = await run(t, name, [
        print("a", 3 * MIB),
        action("b", "shell.exec", {
          command: `head -c ${3 * MIB - 1} /dev/zero | tr '\\0' x; printf y`,
          shell: true,
        }),
        action("eq", "assert.equals", {
          expected: "${{steps.a.output.stdout_raw}}",
          actual: "${{steps.b.output.stdout_raw}}",
        }, ["a", "b"]),
      ]);
      assert.equal(status, "failed");
      assert.ok(error.message.length < 2_000, "a message is no copy of the values");
    });

    attack("lists of numbers at the edge of what a double holds", async (t, name) => {
      const xs = range(100_000, (n) => n % 2 ? 1.7976931348623157e308 : -5e-324);
      const { status, error, workflow_id } = await run(
        t,
        name,
        [
          action("sum", "expr.eval", { expression: "sum(inputs.xs)" }),
          action("add", "jq.transform", {
            filter: "add, (map(. * 10) | max)",
            data: "${{inputs.xs}}",
          }),
          action("int", "expr.eval", { expression: "int(max(inputs.xs))" }),
          {
            id: "cel",
            action: "crypto.uuid",
            condition: "inputs.xs.all(x, x * 10.0 > x || x < 0.0)",
          },
        ].map((step) => ({ ...step, on_error: { strategy: "ignore" } })),
        { xs },
      );
      assert.equal(status, "completed", JSON.stringify(error));
      const { body } = await rest(daemon.url, "GET", `/api/v1/runs/${workflow_id}`);
      // JSON has no infinity: none is stored as another value.
      const outputs = Object.values<any>(body.steps).map(({ status, output, error }) =>
        `${status} ${JSON.stringify(output)?.slice(0, 200) ?? ""} ${
          error?.message?.slice(0, 200) ?? ""
        }`
      );
      outputs.forEach((output) => t.diagnostic(output));
    });
  });
});
