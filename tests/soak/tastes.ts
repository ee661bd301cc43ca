// Workflows that nobody should write: wide, deep, large, endless; each is made anew from random numbers.

type Step = Record<string, unknown>;

/** What a story runs: steps, and what else the definition or its start says. */
export interface Taste {
  steps: Step[];
  definition?: Record<string, unknown>;
  input_schema?: Record<string, unknown>;
  params?: Record<string, unknown>;
}

export type Random = () => number;

const KIB = 1024;
const MIB = 1024 * KIB;

/** An integer from `low` to `high`, small ones more often: sizes differ by orders of magnitude. */
function size(random: Random, low: number, high: number): number {
  return Math.round(low * (high / low) ** random());
}

function pick<T>(random: Random, of: readonly T[]): T {
  return of[Math.floor(random() * of.length)]!;
}

const uuid = (id: string, more: Step = {}): Step => ({ id, action: "crypto.uuid", ...more });

const shell = (id: string, script: string, more: Step = {}): Step => ({
  id,
  action: "shell.exec",
  params: { command: "sh", args: ["-c", script] },
  ...more,
});

const loop = (id: string, config: Step): Step => ({ id, type: "loop", config });

/** A program that prints so many bytes of one kind or another. */
function printer(random: Random, bytes: number): string {
  const unit = pick(random, ["{},", "[[]],", '{"a":1},', "x", "\\n", '"\\u20ac",', "1e9,"]);
  const body = `yes '${unit}' | tr -d '\\n' | head -c ${bytes}`;
  return unit.endsWith(",") && random() < 0.7 ? `printf '['; ${body}; printf '0]'` : body;
}

/** One step, not wide nor deep by itself. */
function leaf(random: Random, id: string): Step {
  return pick<() => Step>(random, [
    () => uuid(id),
    () => shell(id, printer(random, size(random, 10, 4 * MIB))),
    () => ({ id, action: "fs.read", params: { path: "/dev/zero" }, timeout: "1s" }),
    () => ({ id, action: "fs.read", params: { path: process.execPath } }),
    () => ({ id, action: "jq.transform", params: { filter: jq(random), data: null } }),
    () => ({ id, action: "expr.eval", params: { expression: expr(random) } }),
    () => uuid(id, { condition: cel(random) }),
    () => ({ id, action: "assert.schema", params: { value: {}, schema: schemaBomb(random) } }),
    () => ({
      id,
      action: "workflow.context",
      params: {
        action: "update",
        data: { [`k${size(random, 1, 1e6)}`]: "v".repeat(size(random, 1, 100 * KIB)) },
      },
    }),
    () => ({
      id,
      action: "workflow.emit",
      params: { event_type: "e", payload: "p".repeat(size(random, 1, MIB)) },
    }),
    () => ({ id, action: "workflow.log", params: { message: "m".repeat(size(random, 1, MIB)) } }),
    () => ({
      id,
      type: "wait",
      config: { duration: pick(random, ["1ms", "1s", "29s", "31s", "1h"]) },
    }),
    () => ({
      id,
      type: "reasoning",
      config: {
        prompt_context: "q".repeat(size(random, 1, 100 * KIB)),
        timeout: "2s",
        ...(random() < 0.5 && { options: [{ id: "a" }], fallback: "a" }),
      },
    }),
    () => ({
      id,
      action: "http.get",
      params: { url: "http://127.0.0.1:1/" },
      retry: { max: size(random, 1, 1_000) },
    }),
    () => shell(id, "exit 1", { retry: { max: 50, delay: "1ms" } }),
    () => shell(id, "sleep 1000", { timeout: pick(random, ["1ms", "1s", "10s"]) }),
    () => ({
      id,
      action: "assert.matches",
      params: {
        value: "a".repeat(size(random, 1, MIB)),
        pattern: `(${"a?".repeat(size(random, 1, 500))}){1,50}$`,
      },
    }),
  ])();
}

function jq(random: Random): string {
  return pick(random, [
    "def f: f; f",
    "last(range(infinite))",
    "[range(3e6)]",
    '"a" * 1e8',
    "[limit(1e6; repeat({}))]",
    "reduce range(1e6) as $i ({}; .[$i|tostring] = {})",
  ]);
}

function expr(random: Random): string {
  const n = size(random, 10, 1e6);
  return pick(random, [
    `sum(map(1..${n}, sum(1..1000)))`,
    `map(1..${n}, {"a": #})`,
    `repeat("x", ${n})`,
    `${"(".repeat(200)}1${")".repeat(200)}`,
  ]);
}

function cel(random: Random): string {
  return pick(random, [
    "[1,2,3].all(x, [1,2,3].all(y, [1,2,3].all(z, true)))",
    `${"1 + ".repeat(size(random, 1, 3_000))}1 > 0`,
    "inputs.big.all(x, inputs.big.all(y, x == y || true))",
    "steps.s0.output.stdout.matches('(a*)*b') || true",
  ]);
}

function schemaBomb(random: Random): Step {
  const defs: Step = {};
  const depth = size(random, 3, 40);
  const kind = pick(random, ["anyOf", "oneOf", "allOf"]);
  for (let i = 0; i < depth; i++) {
    const next = i + 1 < depth ? { $ref: `#/$defs/d${i + 1}` } : { type: "string" };
    defs[`d${i}`] = { [kind]: [next, next] };
  }
  return { $defs: defs, $ref: "#/$defs/d0" };
}

const TASTES: readonly ((random: Random) => Taste)[] = [
  function wide(random) {
    const n = size(random, 10, 10_000);
    const chained = random() < 0.3;
    return {
      steps: Array.from(
        { length: n },
        (_, i) => uuid(`s${i}`, chained && i > 0 ? { depends_on: [`s${i - 1}`] } : {}),
      ),
    };
  },
  function allToAll(random) {
    const n = size(random, 5, 300);
    return {
      steps: Array.from(
        { length: n },
        (_, i) => uuid(`s${i}`, { depends_on: Array.from({ length: i }, (_, d) => `s${d}`) }),
      ),
    };
  },
  function deep(random) {
    let inner = [leaf(random, "s")];
    const levels = size(random, 1, 14);
    const width = size(random, 1, 16);
    for (let i = 0; i < levels; i++) {
      inner = random() < 0.5
        ? [loop(`l${i}`, { over: Array.from({ length: width }, (_, n) => n), body: inner })]
        : [{
          id: `p${i}`,
          type: "parallel",
          config: {
            mode: pick(random, ["all", "race"]),
            branches: Array.from({ length: width }, () => inner),
          },
        }];
      if (JSON.stringify(inner).length > MIB) break;
    }
    return { steps: inner };
  },
  function endless(random) {
    const body = [leaf(random, "s"), ...(random() < 0.5 ? [leaf(random, "t")] : [])];
    return {
      steps: [
        loop("l", {
          mode: "while",
          condition: "true",
          ...(random() < 0.3 && { max_iter: 0 }),
          body,
        }),
      ],
      ...(random() < 0.3 && { definition: { timeout: pick(random, ["1s", "30s", "10m"]) } }),
    };
  },
  function heavyLoop(random) {
    const n = size(random, 10, 10_000);
    return {
      steps: [
        loop("l", {
          over: `range(0; ${n})`.length % 2
            ? Array.from({ length: n }, (_, i) => i)
            : `[range(${n})]`,
          concurrency: size(random, 1, 100),
          body: [shell("s", printer(random, size(random, 100, 2 * MIB)))],
        }),
      ],
    };
  },
  function manyLarge(random) {
    const n = size(random, 2, 300);
    const read = Array.from(
      { length: n },
      (_, i) => shell(`s${i}`, printer(random, size(random, KIB, 8 * MIB))),
    );
    const all = Object.fromEntries(read.map(({ id }) => [id, `\${{steps.${id}.output}}`]));
    return {
      steps: random() < 0.5 ? read : [...read, {
        id: "all",
        action: "workflow.emit",
        depends_on: read.map(({ id }) => id),
        params: { event_type: "e", payload: all },
      }],
    };
  },
  function growing(random) {
    const steps: Step[] = [{
      id: "s0",
      action: "expr.eval",
      params: { expression: `repeat("x", ${size(random, 10, 1e5)})` },
    }];
    for (let i = 1; i < size(random, 3, 40); i++) {
      steps.push({
        id: `s${i}`,
        action: "expr.eval",
        depends_on: [`s${i - 1}`],
        params: { expression: `[steps.s${i - 1}.output, steps.s${i - 1}.output]` },
      });
    }
    return { steps };
  },
  function notes(random) {
    return {
      steps: [
        loop("l", {
          over: Array.from({ length: size(random, 10, 5_000) }, (_, i) => i),
          body: [{
            id: "s",
            action: "workflow.context",
            params: {
              action: "update",
              data: { "k${{loop.index}}": "v".repeat(size(random, 1, KIB)) },
            },
          }],
        }),
      ],
    };
  },
  function questions(random) {
    return {
      steps: Array.from({ length: size(random, 5, 3_000) }, (_, i) => ({
        id: `q${i}`,
        type: "reasoning",
        config: {
          prompt_context: "?",
          timeout: pick(random, ["1s", "1m", "24h"]),
          options: [{ id: "a" }],
          fallback: "a",
        },
      })),
    };
  },
  function timers(random) {
    return {
      steps: [
        loop("l", {
          over: Array.from({ length: size(random, 10, 5_000) }, (_, i) => i),
          concurrency: 10_000,
          body: [{
            id: "w",
            type: "wait",
            config: { duration: pick(random, ["1s", "10s", "35s"]) },
          }],
        }),
      ],
    };
  },
  function offspring(random) {
    return {
      steps: [
        loop("l", {
          over: Array.from({ length: size(random, 2, 200) }, (_, i) => i),
          concurrency: size(random, 1, 200),
          body: [{
            id: "c",
            action: "workflow.run",
            params: { template_name: "bad-self", params: {} },
            on_error: { strategy: "ignore" },
          }],
        }),
      ],
    };
  },
  function params(random) {
    const big = pick<() => unknown>(random, [
      () => "x".repeat(size(random, KIB, 3 * MIB)),
      () => Array.from({ length: size(random, 100, 1e6) }, () => ({})),
      () =>
        Object.fromEntries(Array.from({ length: size(random, 100, 1e5) }, (_, i) => [`k${i}`, i])),
    ])();
    return {
      steps: [
        loop("l", {
          over: Array.from({ length: 50 }, (_, i) => i),
          body: [{ id: "s", action: "crypto.hash", params: { data: "${{inputs.big}}" } }],
        }),
      ],
      params: { big },
    };
  },
  function bombed(random) {
    return { steps: [uuid("s")], input_schema: schemaBomb(random), params: { a: 1 } };
  },
  function mixed(random) {
    const n = size(random, 2, 60);
    return {
      steps: Array.from({ length: n }, (_, i) => ({
        ...leaf(random, `s${i}`),
        ...(i > 0 && random() < 0.5 && { depends_on: [`s${Math.floor(random() * i)}`] }),
        ...(random() < 0.2 && { on_error: { strategy: "ignore" } }),
      })),
      definition: { on_interrupt: random() < 0.5 ? "resume" : undefined },
    };
  },
];

/** A workflow of bad taste, and which taste it is. */
export function badTaste(random: Random): { taste: string; workflow: Taste } {
  const taste = pick(random, TASTES);
  return { taste: taste.name, workflow: taste(random) };
}
