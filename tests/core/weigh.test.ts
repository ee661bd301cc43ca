// Whether the bytes counted for a value are about those that the heap grows by when it is parsed.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { weigh, weighParsed } from "../../core/weigh.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

const many = <T>(count: number, item: (i: number) => T) =>
  Array.from({ length: count }, (_, i) => item(i));

/** Texts of a megabyte or so, of every shape that JSON can have. */
const TEXTS: Record<string, string> = {
  "empty objects": `[${many(200_000, () => "{}").join(",")}]`,
  "empty arrays": `[${many(200_000, () => "[]").join(",")}]`,
  "arrays of one": `[${many(200_000, () => "[1]").join(",")}]`,
  "short texts": JSON.stringify(many(200_000, (i) => `s${i}`)),
  records: JSON.stringify(many(100_000, (i) => ({ id: i, name: `name ${i}`, ok: true }))),
  "one object of many members": JSON.stringify(
    Object.fromEntries(many(100_000, (i) => [`k${i}`, i])),
  ),
  "objects with names of their own": JSON.stringify(many(100_000, (i) => ({ [`k${i}`]: i }))),
  nested: JSON.stringify(many(50_000, (i) => ({ a: { b: { c: [i] } } }))),
  "small numbers": JSON.stringify(many(300_000, (i) => i)),
  "large numbers": JSON.stringify(many(300_000, (i) => i + 0.5)),
  "a long text": JSON.stringify("x".repeat(3_000_000)),
  "a long text of wide characters": JSON.stringify("ж".repeat(2_000_000)),
};

for (const [name, text] of Object.entries(TEXTS)) {
  test(`what is counted for ${name} bounds the heap within a small factor`, (t) => {
    const counted = weighParsed(text);
    const { value, bytes } = parseMeasured(text);
    const [kept, parsed] = [weigh(value) / bytes, counted / bytes];
    t.diagnostic(
      `${bytes} bytes; counted ${kept.toFixed(2)} ×, before parsing ${parsed.toFixed(2)} ×`,
    );
    assert.ok(kept > 0.5 && kept < 4, `weigh counts ${kept} × the heap`);
    assert.ok(parsed > 0.5 && parsed < 4, `weighParsed counts ${parsed} × the heap`);
  });
}

test("a value nested as deep as JSON may is counted without recursion", () => {
  const deep = JSON.parse("[".repeat(5_000) + "]".repeat(5_000));
  assert.ok(weigh(deep) >= 5_000 * 16);
});

test("quotes and commas inside texts count as letters", () => {
  const text = JSON.stringify(`${'\\",{['.repeat(1_000)}`);
  assert.ok(weighParsed(text) < 2 * text.length);
});

function parseMeasured(text: string) {
  collect();
  const before = process.memoryUsage().heapUsed;
  const value = JSON.parse(text);
  collect();
  return { value, bytes: process.memoryUsage().heapUsed - before };
}
