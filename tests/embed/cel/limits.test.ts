// That no expression can hold its thread or its memory.

import assert from "node:assert/strict";
import { test } from "node:test";
import { OpcodeError } from "../../../core/errors.ts";
import { type Answer, Elsewhere } from "../../../core/expression.ts";
import { loadCel } from "../../../embed/cel.ts";
import { ALONE } from "../../../embed/cel/budget.ts";
import { evaluateHere } from "../../../embed/worker/engines.ts";
import { createScope } from "./scope.ts";

const cel = await loadCel();
const items = Array.from({ length: 2000 }, (_, i) => i);
const scope = createScope({ inputs: { items, text: "a".repeat(1_000_000) } });

/** What takes more than it may where others wait for it. */
const RUNAWAYS: string[] = [
  "true || true ? inputs.items.exists(x, x in inputs.items && false) : true",
  "inputs.items.all(x, inputs.items == inputs.items)",
  "inputs.items.all(x, inputs.text.contains('b') == false)",
  "inputs.items.all(x, inputs.text.matches('b') == false)",
  "[[1]]" + ".map(x, x + x)".repeat(60),
  "[1]" + ".map(x, [x, x])".repeat(60),
  `[1]${".map(x, [x, x])".repeat(60)} == [1]${".map(x, [x, x])".repeat(60)}`,
  "inputs.items.all(x, inputs.items.all(y, true)) || true",
];

for (const source of RUNAWAYS) {
  test(`is handed over to another thread: ${source.slice(0, 70)}`, () => {
    const { request } = handedOver(() => cel.compile(source).evaluate(scope));
    assert.deepEqual(
      { ...request, data: null },
      { engine: "cel", mode: "value", source, data: null },
    );
  });
}

test("a text that grows beyond its limit is an error wherever it is built", () => {
  const source = "['aaaa']" + ".map(x, x + x)".repeat(60);
  assert.throws(() => cel.compile(source).evaluate(scope, ALONE), (error: any) => {
    assert.equal(error.code, "EXECUTION_ERROR");
    assert.match(error.message, /characters a text/);
    assert.equal(error.details.retryable, false);
    return true;
  });
});

test("comprehensions run here while their sizes multiply to at most 8,000", () => {
  const nested = (outer: number, inner: number) => {
    const sizes = createScope({ inputs: { a: Array(outer).fill(1), b: Array(inner).fill(1) } });
    return () => cel.compile("inputs.a.all(x, inputs.b.all(y, true))").evaluate(sizes);
  };
  assert.equal(nested(100, 79)(), true);
  handedOver(nested(100, 81));
  handedOver(nested(1000, 1000));
});

test("what is handed over holds what the source reads, and answers the same there", async () => {
  const wide = createScope({
    steps: {
      "a-b": { status: "completed", output: { n: 1 } },
      skipped: { status: "skipped", output: undefined },
      other: { status: "completed", output: "unread" },
    },
    inputs: { items, unread: 1 },
    loop: { item: "i", index: 7 },
  });
  const source =
    "[steps['a-b'].n, size(inputs.items.filter(x, x in inputs.items)), iter.index % 4," +
    " steps.skipped.status, steps.skipped.output == null, has(steps.nope)]";
  const { request } = handedOver(() => cel.compile(source).evaluate(wide));
  const { steps, inputs } = request.data as any;
  assert.deepEqual([Object.keys(steps), Object.keys(inputs)], [["a-b", "skipped"], ["items"]]);
  assert.deepEqual(await evaluateHere(request), [1, 2000, 3, "skipped", true, false]);
});

test("a source that lists the steps takes them all along", async () => {
  const some = createScope({
    steps: { all: { status: "completed", output: 1 }, b: { status: "failed", output: undefined } },
    inputs: { items },
  });
  const source = "inputs.items.all(x, x in inputs.items) ? steps.map(id, id) : []";
  const { request } = handedOver(() => cel.compile(source).evaluate(some));
  assert.deepEqual(await evaluateHere(request), ["all", "b"]);
});

test("an input that fails is an error only where it is read", async () => {
  const failing = createScope({ inputs: { items } });
  const { input } = failing;
  failing.input = (name) => {
    if (name === "bad") throw new OpcodeError("VAULT_ERROR", "no such key");
    return input(name);
  };
  const heavy = "inputs.items.all(x, x in inputs.items)";
  const unread = handedOver(() => cel.compile(`${heavy} || inputs.bad == 1`).evaluate(failing));
  assert.equal(await evaluateHere(unread.request), true);
  const read = handedOver(() => cel.compile(`${heavy} && inputs.bad == 1`).evaluate(failing));
  await assert.rejects(evaluateHere(read.request), { code: "VAULT_ERROR", message: "no such key" });
});

test("an answer at hand is taken, and an error at hand thrown", () => {
  const program = cel.compile("inputs.items.all(x, inputs.items.all(y, true))");
  const answered = (answer: Answer) => ({ ...scope, answered: () => answer });
  assert.equal(program.evaluateBoolean(answered({ ok: true, value: false })), false);
  const error = new OpcodeError("TIMEOUT_ERROR", "too long");
  assert.throws(() => program.evaluate(answered({ ok: false, error })), error);
});

test("an input that is too much to compute here hands itself over first", () => {
  const inner = cel.compile("inputs.items.all(x, inputs.items.all(y, true))");
  const nested = createScope({ inputs: {} });
  nested.input = () => inner.evaluate(scope);
  const { request } = handedOver(() => cel.compile("inputs.lazy || true").evaluate(nested));
  assert.equal(request.source, inner.source);
});

/** What the evaluation leaves to another thread. */
function handedOver(evaluate: () => unknown): Elsewhere {
  try {
    evaluate();
  } catch (thrown) {
    if (thrown instanceof Elsewhere) return thrown;
    throw thrown;
  }
  assert.fail("it was evaluated here");
}

test("a limit belongs to one evaluation", () => {
  const program = cel.compile(
    "inputs.items.all(x, x % 400 != 0 || inputs.items.exists(y, y >= 0))",
  );
  for (let i = 0; i < 30; i++) assert.equal(program.evaluate(scope), true);
});

test("lazy inputs that evaluate expressions spend their own budget", () => {
  const inner = cel.compile("inputs.items.all(x, x >= 0)");
  const nested = createScope({ inputs: {} });
  nested.input = () => inner.evaluate(scope);
  const outer = cel.compile("[1, 2, 3].all(x, inputs.lazy)");
  assert.equal(outer.evaluateBoolean(nested), true);
});

test("mapping a long list takes time in proportion", () => {
  const long = createScope({ inputs: { items: Array.from({ length: 100_000 }, (_, i) => i) } });
  const mapped = cel.compile("inputs.items.map(x, x + 1)").evaluate(long, ALONE) as number[];
  assert.equal(mapped.length, 100_000);
  assert.equal(mapped[99_999], 100_000);
});

const DEEP: [string, string][] = [
  ["parentheses", "(".repeat(5000) + "1" + ")".repeat(5000)],
  ["lists", "[".repeat(5000) + "]".repeat(5000)],
  ["sums", "1" + "+1".repeat(5000)],
  ["ternaries", "true?1:".repeat(500) + "1"],
  ["length", `'${"a".repeat(16 * 1024)}'`],
];

for (const [name, source] of DEEP) {
  test(`refuses too much of ${name}`, () => {
    assert.throws(() => cel.compile(source), {
      code: "VALIDATION_ERROR",
      message: /nests too deeply|longer than 16384/,
    });
  });
}

test("programs are kept by the length of their sources, not only by their number", () => {
  const sources = Array.from({ length: 40 }, (_, i) => `'${"x".repeat(10_000)}${i}'`);
  const programs = sources.map((source) => cel.compile(source));
  const kept = sources.toReversed().filter((source) => programs.includes(cel.compile(source)));
  assert.equal(kept.length, 26);
});
