// Which JSON values generated calls are made of: any value, nasty texts, and what a schema asks for.

import type { Json, JsonObject } from "../../../core/json.ts";

/** Draws from one seeded stream. */
export class Draw {
  readonly #next: () => number;

  constructor(next: () => number) {
    this.#next = next;
  }

  /** True in this share of the cases. */
  chance(share: number): boolean {
    return this.#next() < share;
  }

  /** An integer from `low` to `high`, both included. */
  int(low: number, high: number): number {
    return low + Math.floor(this.#next() * (high - low + 1));
  }

  pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.#next() * items.length)]!;
  }

  many<T>(low: number, high: number, make: (index: number) => T): T[] {
    return Array.from({ length: this.int(low, high) }, (_, index) => make(index));
  }
}

const TEXTS = [
  "",
  " ",
  "a",
  "\0",
  "\ud800",
  "\n",
  "日本語 ✓ 👩‍👩‍👧",
  "'; DROP TABLE runs; --",
  "${{inputs.x}}",
  "${{",
  "}}",
  "${{secrets.KEY}}",
  "${{steps.a.output}}",
  "__proto__",
  "constructor",
  "../../etc/passwd",
  "<script>alert(1)</script>",
  "1e309",
  "-0",
  "2026-02-30T25:61:00Z",
  "\u202e\u0000\uffff",
  "%00%0d%0a",
  "null",
  "{}",
  "[]",
  '{"a":1}',
];

const NUMBERS = [0, -0, 1, -1, 0.5, 1e21, -1e308, 2 ** 31, 2 ** 53, -(2 ** 63), 1e-7, 600_001];

export function text(draw: Draw): string {
  const base = draw.pick(TEXTS);
  if (draw.chance(0.02)) return base.padEnd(draw.int(1_000, 70_000), "x");
  return draw.chance(0.7) ? base : base + draw.pick(TEXTS);
}

export function scalar(draw: Draw): Json {
  switch (draw.int(0, 4)) {
    case 0:
      return null;
    case 1:
      return draw.chance(0.5);
    case 2:
      return draw.pick(NUMBERS);
    default:
      return text(draw);
  }
}

/** Any JSON, at most `depth` levels deep. */
export function json(draw: Draw, depth = 3): Json {
  if (depth === 0 || draw.chance(0.6)) return scalar(draw);
  if (draw.chance(0.4)) return draw.many(0, 4, () => json(draw, depth - 1));
  return object(draw, depth);
}

export function object(draw: Draw, depth = 2): JsonObject {
  const entries = draw.many(0, 4, (): [string, Json] => [
    draw.chance(0.8) ? draw.pick(["x", "n", "choice", "signal", "name", "items"]) : text(draw),
    json(draw, depth - 1),
  ]);
  return Object.fromEntries(entries);
}

/** JSON nested so deep, at no cost of recursion. */
export function nested(levels: number, isArray: boolean): Json {
  let value: Json = 1;
  for (let i = 0; i < levels; i++) value = isArray ? [value] : { a: value };
  return value;
}

/** A value that the schema of a tool's argument accepts. */
export function fromSchema(draw: Draw, schema: JsonObject): Json {
  if (Array.isArray(schema.enum)) return draw.pick(schema.enum);
  switch (schema.type) {
    case "string": {
      const longest = Number(schema.maxLength ?? 60_000);
      const shortest = Number(schema.minLength ?? 0);
      const drawn = text(draw).slice(0, longest);
      return drawn.length >= shortest ? drawn : "a";
    }
    case "integer":
    case "number":
      return draw.int(Number(schema.minimum ?? -5), Math.min(Number(schema.maximum ?? 5), 5));
    case "boolean":
      return draw.chance(0.5);
    case "object":
      return object(draw);
    default:
      return json(draw);
  }
}
