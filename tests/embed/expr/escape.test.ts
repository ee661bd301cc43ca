// That no expression reaches what is not its own: prototypes, constructors, the environment's insides.

import assert from "node:assert/strict";
import { test } from "node:test";
import { answer, ENV, refusal } from "./cases.ts";

/** Names that every object of the host has without owning them. */
const NAMES = [
  "constructor",
  "__proto__",
  "toString",
  "hasOwnProperty",
  "valueOf",
  "__defineGetter__",
];

/** Ways to ask a value for a name. */
const WAYS = [
  (value: string, name: string) => `${value}.${name}`,
  (value: string, name: string) => `${value}?.${name}`,
  (value: string, name: string) => `${value}["${name}"]`,
  (value: string, name: string) => `get(${value}, "${name}")`,
  (value: string, name: string) => `map([${value}], .${name})[0]`,
  (value: string, name: string) => `let o = ${value}; o.${name}`,
];

test("names of prototypes are nil on maps and no names of anything else", () => {
  const maps = [
    "$env",
    "steps",
    "items[0]",
    "{a: 1}",
    "groupBy(items, .ok)",
    "fromPairs([['a', 1]])",
    "fromJSON('{}')",
  ];
  const others = [
    "name",
    "n",
    "ok",
    "words",
    "twice",
    "now()",
    "duration('1s')",
    "timezone('UTC')",
    "(1..3)",
    "b'a'",
  ];
  for (const name of NAMES) {
    assert.equal(answer(name), null, name);
    for (const way of WAYS) {
      for (const value of maps) assert.equal(answer(way(value, name)), null, way(value, name));
      for (const value of others) {
        const source = way(value, name);
        if (source.startsWith("get(")) continue;
        assert.match(refusal(source).message, /cannot read/, source);
      }
    }
  }
});

test("names of prototypes cannot be called and are in nothing", () => {
  for (const name of NAMES) {
    for (
      const source of [
        `${name}()`,
        `$env.${name}()`,
        `steps.${name}("x")`,
        `twice.${name}()`,
        `now().${name}()`,
        `name.${name}()`,
      ]
    ) {
      assert.match(
        refusal(source).message,
        /cannot (call|read)|no method|unknown function/,
        source,
      );
    }
    assert.equal(answer(`"${name}" in $env or "${name}" in steps or "${name}" in {a: 1}`), false);
  }
});

test("the usual ways out of an evaluator end as errors or nil", () => {
  const attempts = [
    "constructor.constructor('return process')()",
    "''.constructor.constructor('return 1')()",
    "[].map.constructor('return 1')()",
    "$env['__proto__']['constructor']",
    "twice.constructor('return 1')()",
    "twice.call(nil, 1)",
    "twice.apply(nil, [1])",
    "twice.bind(nil)",
    "let f = twice; f.caller",
    "(1).constructor",
    "filter([1], constructor('x'))",
    "words.push('x')",
    "words.length",
    "process",
    "globalThis",
    "require('fs')",
    "import('fs')",
    "this",
  ];
  for (const source of attempts) {
    let value: unknown;
    try {
      value = answer(source);
    } catch {
      continue;
    }
    assert.equal(value, null, source);
  }
});

test("keys called like prototypes are keys like others", () => {
  const value = answer('{"__proto__": {polluted: 1}, constructor: 2}') as object;
  assert.equal(Object.getPrototypeOf(value), Object.prototype);
  assert.deepEqual(Object.keys(value), ["__proto__", "constructor"]);
  assert.equal(({} as { polluted?: number }).polluted, undefined);
  const env = { data: JSON.parse('{"__proto__": {"x": 1}}') };
  assert.equal(answer("data.__proto__.x", env), 1);
  assert.equal(answer("data.x", env), null);
  const grouped = answer("groupBy(['__proto__', 'a'], #)") as object;
  assert.deepEqual(Object.keys(grouped), ["__proto__", "a"]);
});

test("objects with a class of their own are no maps", () => {
  class Vault {
    secret = "s3cret";
  }
  const env = { vault: new Vault(), when: new Date(0), map: new Map([["a", 1]]) };
  for (
    const source of [
      "vault.secret",
      "vault['secret']",
      "when.getTime",
      "map.size",
      "keys(vault)",
      "vault",
    ]
  ) {
    assert.equal(refusal(source, env).code, "EXECUTION_ERROR", source);
  }
});

test("a result shares nothing with the environment", () => {
  const result = answer("items[0]") as { tags: string[] };
  result.tags.push("mine");
  assert.deepEqual(ENV.items[0]!.tags, ["a", "b"]);
  assert.notEqual(answer("$env.words"), ENV.words);
});
