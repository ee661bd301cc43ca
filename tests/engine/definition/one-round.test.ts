// That all faults of a definition are told at once, and none that only follows from another.

import assert from "node:assert/strict";
import { test } from "node:test";
import { builtinActions } from "../../../actions/builtin.ts";
import { createRegistry } from "../../../actions/registry.ts";
import { copyJson } from "../../../core/copy.ts";
import { isObject, type Json, type JsonObject } from "../../../core/json.ts";
import { atOnce } from "../../../core/slices.ts";
import { loadCel } from "../../../embed/cel.ts";
import { Report } from "../../../engine/definition/report.ts";
import { checkStructure } from "../../../engine/definition/structure.ts";
import { DEFAULT_LIMITS } from "../../../engine/definition/validate.ts";
import { errorsOf, loop, step, workflow } from "./support.ts";

const cel = await loadCel();
const options = {
  actions: createRegistry(builtinActions),
  compileCel: (source: string) => cel.compile(source),
  isCel: (source: string) => cel.parses(source),
};
const log = (id: string, message: string, more: JsonObject = {}) =>
  step(id, { params: { message }, ...more });

test("faults of structure, of meaning and of order are told in one round", () => {
  const paths = errorsOf({
    ...workflow(
      { id: "a", action: "http.gte", timout: "5s" },
      log("b", "${{steps.nowhere.output}}", { retry: 3, condition: "(" }),
      log("c", "${{stps.a}}", { depends_on: ["d"] }),
      log("d", "m", { depends_on: ["c"] }),
      step("e", { params: {} }),
    ),
    typo: 1,
    inputs: { n: { type: "number" } },
  }, options).map((line) => line.replace(/^\[\w+\] /, "").split(": ")[0]);
  assert.deepEqual(paths.toSorted(), [
    "inputs.n",
    "steps",
    "steps[0].action",
    "steps[0].timout",
    "steps[1].condition",
    "steps[1].params.message",
    "steps[1].retry",
    "steps[2].params.message",
    "steps[4].params.message",
    "typo",
  ]);
});

test("faults inside a step are told beside those of its neighbours, at every depth", () => {
  const paths = errorsOf(
    workflow(
      loop("l", log("x", "${{nope.y}}"), { id: "y", action: "no.such" }, log("z", "m", { zzz: 1 })),
      { id: "p", type: "paralel", config: {} },
      { action: "fs.read", params: {} },
      log("q", "${{inputs.}}"),
    ),
    options,
  ).map((line) => line.replace(/^\[\w+\] /, "").split(": ")[0]);
  assert.deepEqual(
    paths,
    [
      "steps[0].config.body[2].zzz",
      "steps[1].type",
      "steps[2].id",
      "steps[0].config.body[0].params.message",
      "steps[0].config.body[1].action",
      "steps[3].params.message",
    ].toSorted((a, b) => paths.indexOf(a) - paths.indexOf(b)),
  );
});

/** Everything in it is right, and most of it leans on something else in it. */
const RIGHT: JsonObject = {
  inputs: { url: "https://x.test", list: [1, 2] },
  defaults: { timeout: "1m", on_error: { strategy: "fallback_step", fallback_step: "rescue" } },
  timeout: "5m",
  on_timeout: "fail",
  steps: [
    {
      id: "get",
      action: "http.get",
      params: { url: "${{inputs.url}}" },
      retry: { max: 2, delay: "1s" },
    },
    log("after", "${{steps.get.output.status_code}}", {
      depends_on: ["get"],
      condition: "steps.get.output.status_code == 200",
      timeout: "5s",
    }),
    {
      id: "each",
      type: "loop",
      depends_on: ["after"],
      config: {
        over: "${{inputs.list}}",
        body: [log("in", "${{loop.item}}"), log("next", "${{steps.in.output.logged}}")],
      },
    },
    {
      id: "choose",
      type: "condition",
      depends_on: ["each", "get"],
      config: {
        expression: "size(steps.each.output.results) > 1",
        branches: { true: [log("many", "${{steps.get.output.url}}")], false: [] },
      },
    },
    {
      id: "both",
      type: "parallel",
      depends_on: ["choose"],
      config: { branches: [[log("one", "m")], [log("two", "${{steps.choose.output}}")]] },
    },
    {
      id: "ask",
      type: "reasoning",
      depends_on: ["both"],
      config: { prompt_context: "${{steps.both.output}}?", options: [{ id: "yes" }] },
    },
    log("rescue", "failed"),
    log("end", "${{steps.ask.output.choice}}", { depends_on: ["ask"] }),
  ],
  on_complete: log("done", "${{steps.end.output}}"),
};

/** Every object in the value, with the keys that lead there. */
function* objects(value: Json, keys: (string | number)[] = []): Generator<(string | number)[]> {
  if (isObject(value)) yield keys;
  if (typeof value !== "object" || value === null) return;
  for (const [key, item] of Object.entries(value)) {
    yield* objects(item!, [...keys, Array.isArray(value) ? Number(key) : key]);
  }
}

const CHANGES: Record<string, (object: JsonObject, key: string) => void> = {
  "is missing": (object, key) => delete object[key],
  "is a number": (object, key) => object[key] = 5,
  "is null": (object, key) => object[key] = null,
  "is a list": (object, key) => object[key] = [{}],
  "has another name": (object, key) => {
    object[`${key}_`] = object[key]!;
    delete object[key];
  },
};

test("the definition of these tests has no fault", () => {
  assert.deepEqual(errorsOf(RIGHT, options), []);
});

for (const [change, make] of Object.entries(CHANGES)) {
  test(`one fault of structure is told alone, whatever ${change}`, () => {
    let faulty = 0;
    for (const keys of objects(RIGHT)) {
      const at = (definition: JsonObject) =>
        keys.reduce<Json>((value, key) => (value as JsonObject)[key]!, definition) as JsonObject;
      for (const key of Object.keys(at(RIGHT))) {
        const definition = copyJson(RIGHT);
        make(at(definition), key);
        const structure = new Report();
        atOnce(checkStructure(definition, DEFAULT_LIMITS, structure));
        if (structure.errors.length === 0) continue;
        faulty++;
        assert.equal(
          errorsOf(definition, options).length,
          structure.errors.length,
          `${[...keys, key].join(".")} ${change}: ${errorsOf(definition, options).join("\n")}`,
        );
      }
    }
    assert.ok(faulty > 20, `${faulty} of them were faults`);
  });
}

test("a large definition is told of its structure first", () => {
  const steps = Array.from({ length: 200 }, (_, i) => log(`s${i}`, "x".repeat(2_000)));
  const definition = { ...workflow(...steps, { id: "a", action: "no.such" }), typo: 1 };
  assert.deepEqual(errorsOf(definition, options), ["typo: unknown key"]);
});
