// Which values and texts tokens become.

import assert from "node:assert/strict";
import { test } from "node:test";
import { OpcodeError } from "../../../core/errors.ts";
import type { Json } from "../../../core/json.ts";
import { loadCel } from "../../../embed/cel.ts";
import { compileValue } from "../../../engine/interpolate/compile.ts";
import { resolve } from "../../../engine/interpolate/resolve.ts";
import { completed, createScope, type ScopeParts } from "./scope.ts";

const PEM = '-----BEGIN KEY-----\nMIIB"\\\n-----END KEY-----\n';

const parts: ScopeParts = {
  steps: {
    fetch: completed({
      status_code: 200,
      status: "200 OK",
      body: { items: [{ name: "first" }, { name: "last" }], "odd.key": 1 },
      nothing: null,
    }),
    "fetch-data": completed({ stdout: { tag_ref: "v1", "content-type": "text/plain" } }),
    "p.true.s": completed({ x: 7 }),
    choice: completed({ branch: "yes", output: { x: 1 } }),
    listed: completed([10, 20]),
    empty: completed(null),
    skipped: { status: "skipped", output: undefined },
    broken: {
      status: "failed",
      output: undefined,
      error: { code: "EXECUTION_ERROR", message: "no" },
    },
  },
  inputs: {
    n: 5,
    big: 1234567,
    tiny: 0.00001,
    tinier: -1.5e-9,
    huge: 123456789012345680000,
    yes: true,
    none: null,
    name: 'a "quoted"\nname',
    object: { a: [1, { b: null }] },
    list: [1, 2, 3],
    "dotted.key": "whole",
    dotted: { key: "path", other: "deep" },
    "with space": "spaced",
    "a/b:c": "marks",
    attack: '","shell":true,"command":"${{secrets.TOKEN}}',
    open: "${{",
    pem: PEM,
  },
  workflow: { run_id: "r1", name: "w" },
  context: { "x.y": 1, deep: { z: 2 } },
  secrets: { TOKEN: "s3cret", "dotted.name": "d" },
};
const scope = createScope(parts);
const compileCel = (await loadCel()).compile;

function resolved(value: Json, extra: ScopeParts = {}): Json {
  return resolve(compileValue(value, { compileCel }), createScope({ ...parts, ...extra }));
}

function failure(value: Json, extra: ScopeParts = {}): OpcodeError {
  try {
    resolved(value, extra);
  } catch (thrown) {
    if (thrown instanceof OpcodeError) return thrown;
    throw thrown;
  }
  throw new Error(`${JSON.stringify(value)} should have failed`);
}

/** Token → the value that it stands for alone. */
const LONE: [string, Json][] = [
  ["inputs.n", 5],
  ["  inputs.yes  ", true],
  ["inputs.none", null],
  ["inputs.object", { a: [1, { b: null }] }],
  ["inputs.object.a[1].b", null],
  ["inputs.list[0]", 1],
  ["inputs.list.0", 1],
  ["inputs.list[-1]", 3],
  ["inputs['list'][1]", 2],
  ['inputs["dotted.key"]', "whole"],
  ["inputs.dotted.key", "whole"],
  ["inputs.with space", "spaced"],
  ["inputs.a/b:c", "marks"],
  ["context.x.y", 1],
  ["context.deep.z", 2],
  ["workflow.run_id", "r1"],
  ["steps.fetch.output.status_code", 200],
  ["steps.fetch.status_code", 200],
  ["steps.fetch.status", "completed"],
  ["steps.fetch.output.status", "200 OK"],
  ["steps.fetch.output.nothing", null],
  ["steps.fetch.output.body.items[0].name", "first"],
  ["steps.fetch.output.body.items[-1].name", "last"],
  ["steps.fetch.output.body.items.1.name", "last"],
  ["steps.fetch.output.body['odd.key']", 1],
  ["steps.fetch-data.output.stdout.tag_ref", "v1"],
  ["steps.fetch-data.stdout.content-type", "text/plain"],
  ["steps['p.true.s'].output.x", 7],
  ['steps["p.true.s"].x', 7],
  ["steps.choice.output.output.x", 1],
  ["steps.choice.branch", "yes"],
  ["steps.listed.output[1]", 20],
  ["steps.listed[1]", 20],
  ["steps.listed", [10, 20]],
  ["steps.empty.output", null],
  ["steps.skipped.output", null],
  ["steps.skipped.output.any.thing[3]", null],
  ["steps.skipped.field", null],
  ["steps.skipped.status", "skipped"],
  ["steps.broken.output", null],
  ["steps.broken.error.code", "EXECUTION_ERROR"],
  ["secrets.TOKEN", "s3cret"],
  ["secrets.dotted.name", "d"],
];

for (const [token, value] of LONE) {
  test(`a lone token keeps its type: ${token}`, () => {
    assert.deepEqual(resolved(`\${{${token}}}`), value);
  });
}

test("a whole key with dots wins over the path, if there is such a key", () => {
  assert.equal(resolved("${{inputs.dotted.other}}"), "deep");
  assert.equal(resolved("${{inputs['dotted'].key}}"), "path");
});

/** Text with tokens → the text. */
const EMBEDDED: [string, string][] = [
  ["n=${{inputs.n}}!", "n=5!"],
  ["$${{inputs.n}}", "$5"],
  ["${{inputs.n}}${{inputs.n}}", "55"],
  [" ${{inputs.n}}", " 5"],
  ["${{inputs.big}}.", "1234567."],
  ["${{inputs.tiny}}.", "0.00001."],
  ["${{inputs.tinier}}.", "-0.0000000015."],
  ["${{inputs.huge}}.", "123456789012345680000."],
  ["${{inputs.none}}/${{inputs.yes}}", "null/true"],
  ["${{inputs.object}};", '{"a":[1,{"b":null}]};'],
  ["${{inputs.list}};", "[1,2,3];"],
  ["<${{inputs.name}}>", '<a "quoted"\nname>'],
  ["key: ${{inputs.pem}}", `key: ${PEM}`],
  ["Bearer ${{secrets.TOKEN}}", "Bearer s3cret"],
];

for (const [text, expected] of EMBEDDED) {
  test(`tokens inside text: ${text}`, () => assert.equal(resolved(text), expected));
}

test("structure cannot be injected, and what was put in is never scanned again", () => {
  assert.deepEqual(resolved({ command: "echo ${{inputs.attack}}", shell: false }), {
    command: 'echo ","shell":true,"command":"${{secrets.TOKEN}}',
    shell: false,
  });
  assert.equal(resolved("${{inputs.open}}"), "${{");
  assert.equal(resolved("${{inputs.open}}inputs.n}}"), "${{inputs.n}}");
});

test("object keys take tokens, scalars only", () => {
  assert.deepEqual(resolved({ "k-${{inputs.n}}": 1, "${{inputs.yes}}": [2] }), {
    "k-5": 1,
    true: [2],
  });
  assert.match(failure({ "${{inputs.object}}": 1 }).message, /object key/);
});

test("loop variables exist inside loops only", () => {
  const loop = { item: { id: "a" }, index: 0 };
  assert.equal(resolved("${{loop.item.id}}", { loop }), "a");
  assert.deepEqual(resolved("${{loop.item}}", { loop }), { id: "a" });
  assert.equal(resolved("${{loop.index}}", { loop }), 0);
  assert.equal(resolved("${{iter.index}}", { loop }), 0);
  assert.equal(resolved("${{loop.item}}", { loop: { item: null, index: 3 } }), null);
  assert.match(failure("${{loop.item}}").message, /no loop around this step/);
  assert.deepEqual(failure("${{loop.count}}", { loop }).details!.available, ["item", "index"]);
});

test("a token that is no path is evaluated over the same scope", () => {
  assert.equal(resolved("${{steps.fetch.output.status_code != 200}}"), false);
  assert.equal(resolved("${{inputs.n + 1}}"), 6);
  assert.equal(resolved("${{ size(inputs.list) }} items"), "3 items");
  assert.deepEqual(resolved("${{inputs.list.map(x, x * 2)}}"), [2, 4, 6]);
  assert.equal(resolved("${{inputs.n > 3 ? 'a }} b' : \"c\"}}"), "a }} b");
  assert.equal(resolved("${{inputs.n - 1}}"), 4);
  assert.equal(resolved("${{inputs.n in inputs.list}}"), false);
  assert.equal(resolved("${{true}}"), true);
  const loop = { item: 4, index: 2 };
  assert.equal(resolved("${{loop.index + 1}}", { loop }), 3);
  assert.equal(resolved("${{'loop' + string(loop.item * 2)}}", { loop }), "loop8");
});

/** Malformed token → what its message says. */
const MALFORMED: [string, RegExp][] = [
  ["${{}}", /empty/],
  ["${{   }}", /empty/],
  ["${{inputs.n", /closing/],
  ["a ${{inputs.n} b", /closing/],
  ["${{inputs.${{inputs.n}}}}", /cannot hold another/],
  ["${{inputs}}", /"inputs" needs a name after it: write \$\{\{inputs\.NAME\}\}$/],
  ["${{steps}}", /"steps" needs a name after it: write \$\{\{steps\.ID\.output\}\}$/],
  ["${{secrets.}}", /"secrets" needs a name after it: write \$\{\{secrets\.NAME\}\}$/],
  ["${{inputs..n}}", /empty path segment/],
  ["${{inputs.n.}}", /empty path segment/],
  ["${{items[0]}}", /unknown namespace "items".*steps, inputs, workflow, context, secrets, loop/],
  ["${{env.HOME}}", /unknown namespace "env"/],
  ["${{inputs['n}}", /unclosed '/],
  ["${{inputs.n >}}", /syntax error near ">"/],
  ["${{inputs.n > nope}}", /unknown name "nope"/],
  ["${{secrets['T'] + 'x'}}", /unknown name "secrets"/],
];

for (const [text, message] of MALFORMED) {
  test(`malformed: ${text}`, () => {
    const error = failure(text);
    assert.equal(error.code, "INTERPOLATION_ERROR");
    assert.match(error.message, message);
    assert.equal(typeof error.details!.expression, "string");
    assert.equal(error.details!.retryable, false);
  });
}

test("without a CEL compiler only paths are taken", () => {
  assert.throws(() => compileValue("${{inputs.n > 3}}"), { code: "INTERPOLATION_ERROR" });
});

test("missing data is an error that lists what there is", () => {
  const step = failure("${{steps.nope.output.x}}");
  assert.equal(step.code, "INTERPOLATION_ERROR");
  assert.match(step.message, /no step "nope"; available: fetch, fetch-data, /);
  assert.deepEqual(step.details!.available, Object.keys(parts.steps!));
  const field = failure("x ${{steps.fetch.output.body.nope}}");
  assert.deepEqual(field.details, {
    expression: "steps.fetch.output.body.nope",
    available: ["items", "odd.key"],
  });
  assert.match(field.message, /no field "nope" in steps\.fetch\.output\.body; available: items/);
  assert.deepEqual(failure("${{inputs.nope}}").details!.available, Object.keys(parts.inputs!));
  assert.deepEqual(failure("${{workflow.nope}}").details!.available, ["run_id", "name"]);
  assert.match(failure("${{inputs.list[7]}}").message, /index 7 is out of range: .* array of 3/);
  assert.match(failure("${{inputs.list[-4]}}").message, /out of range/);
  assert.match(failure("${{inputs.list.first}}").message, /"first" is not an index/);
  assert.match(failure("${{inputs.none.x}}").message, /which is null/);
  assert.match(failure("${{inputs.name.x}}").message, /which is a string/);
  assert.match(failure("${{steps.empty.output.x}}").message, /which is null/);
});

test("an error lists at most twenty names", () => {
  const steps = Object.fromEntries(
    Array.from({ length: 30 }, (_, i) => [`s${i}`, completed(null)]),
  );
  const error = failure("${{steps.nope.output}}", { steps });
  assert.equal((error.details!.available as Json[]).length, 20);
  assert.match(error.message, /s19 and 10 more$/);
});

test("only own properties are reached", () => {
  for (const name of ["constructor", "__proto__", "toString", "hasOwnProperty"]) {
    assert.equal(failure(`\${{inputs.object.${name}}}`).code, "INTERPOLATION_ERROR");
    assert.equal(failure(`\${{steps.fetch.output.${name}}}`).code, "INTERPOLATION_ERROR");
    assert.equal(failure(`\${{context.${name}}}`).code, "INTERPOLATION_ERROR");
  }
  assert.equal(failure("${{inputs.list.length}}").code, "INTERPOLATION_ERROR");
});

test("a key named __proto__ stays data", () => {
  const value = JSON.parse('{"__proto__": {"polluted": "${{inputs.n}}"}}') as Json;
  const answer = resolved(value) as Record<string, Json>;
  assert.deepEqual(Object.keys(answer), ["__proto__"]);
  assert.equal(JSON.stringify(answer), '{"__proto__":{"polluted":5}}');
  assert.equal(Object.getPrototypeOf(answer), Object.prototype);
  assert.equal(answer.polluted, undefined);
});

test("what an action does to its params changes neither the scope nor the plan", () => {
  const compiled = compileValue({ o: "${{inputs.object}}", constant: { list: [1] } });
  const first = resolve(compiled, scope) as { o: { a: Json[] }; constant: { list: Json[] } };
  first.o.a.push("changed");
  first.constant.list.push("changed");
  assert.deepEqual(resolve(compiled, scope), {
    o: { a: [1, { b: null }] },
    constant: { list: [1] },
  });
});

test("a secret's failure keeps its own code", () => {
  const error = failure("${{secrets.MISSING}}");
  assert.equal(error.code, "VAULT_ERROR");
  assert.match(error.message, /MISSING/);
});
