// What a scrape of Prometheus makes of a text (0.0.4), refusing what it would refuse.

import assert from "node:assert/strict";

export interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

export interface ScrapedFamily {
  type: string;
  help: string;
  samples: Sample[];
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\["\\n])*)"(?:,|$)/y;

/** The families by name, each with its one HELP and TYPE before its samples. */
export function scrape(text: string): Map<string, ScrapedFamily> {
  assert.ok(text.endsWith("\n"), "the last line has its end");
  const families = new Map<string, ScrapedFamily>();
  let current: { name: string; family: ScrapedFamily } | undefined;
  const seen = new Set<string>();
  let help: [name: string, text: string] | undefined;
  for (const line of text.slice(0, -1).split("\n")) {
    const comment = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line);
    if (comment) {
      const [, what, name, rest] = comment as unknown as [string, string, string, string];
      assert.match(name, NAME);
      if (what === "HELP") help = [name, rest];
      else {
        assert.equal(help?.[0], name, `HELP of ${name} comes first`);
        assert.ok(["counter", "gauge", "histogram"].includes(rest), rest);
        assert.ok(!families.has(name), `${name} comes once`);
        const family = { type: rest, help: help[1], samples: [] };
        families.set(name, family);
        current = { name, family };
      }
      continue;
    }
    if (line.startsWith("#")) continue;
    const found = SAMPLE.exec(line);
    assert.ok(found, `no sample: ${line}`);
    const [, name, labels = "", value] = found as unknown as [string, string, string, string];
    const base = current?.family.type === "histogram"
      ? name.replace(/_(bucket|sum|count)$/, "")
      : name;
    assert.equal(base, current?.name, `${name} stands under its family`);
    const sample = { name, labels: labelsOf(labels), value: numberOf(value) };
    assert.ok(!Number.isNaN(sample.value), line);
    const series = line.slice(0, line.lastIndexOf(" "));
    assert.ok(!seen.has(series), `${series} comes once`);
    seen.add(series);
    current!.family.samples.push(sample);
  }
  for (const [name, family] of families) checkFamily(name, family);
  return families;
}

/** The value of one series. */
export function valueOf(
  families: Map<string, ScrapedFamily>,
  name: string,
  labels: Record<string, string> = {},
): number | undefined {
  const base = families.has(name) ? name : name.replace(/_(bucket|sum|count)$/, "");
  const wanted = JSON.stringify(labels);
  return families.get(base)?.samples.find((one) =>
    one.name === name && JSON.stringify(one.labels) === wanted
  )?.value;
}

function labelsOf(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  LABEL.lastIndex = 0;
  while (LABEL.lastIndex < text.length) {
    const found = LABEL.exec(text);
    assert.ok(found, `no labels: ${text}`);
    const unescaped = found[2]!.replaceAll(/\\(.)/g, (_, c) => c === "n" ? "\n" : c);
    labels[found[1]!] = unescaped;
  }
  return labels;
}

function numberOf(text: string): number {
  return text === "+Inf" ? Infinity : text === "-Inf" ? -Infinity : Number(text);
}

/** Buckets grow up to `+Inf`, which is the count; counters are never negative. */
function checkFamily(name: string, { type, samples, help }: ScrapedFamily): void {
  assert.notEqual(help, "", name);
  if (type === "counter") {
    assert.match(name, /_total$/);
    assert.ok(samples.every(({ value }) => value >= 0), name);
  }
  if (type !== "histogram") return;
  const series = Map.groupBy(samples, ({ labels: { le: _, ...own } }) => JSON.stringify(own));
  for (const [labels, of] of series) {
    const buckets = of.filter((one) => one.name === `${name}_bucket`);
    const ends = buckets.map((one) => numberOf(one.labels.le!));
    assert.deepEqual(ends, ends.toSorted((a, b) => a - b), `${name} ${labels}`);
    assert.equal(ends.at(-1), Infinity);
    const counts = buckets.map(({ value }) => value);
    assert.deepEqual(counts, counts.toSorted((a, b) => a - b), `${name} ${labels}`);
    const count = of.find((one) => one.name === `${name}_count`)!.value;
    assert.equal(counts.at(-1), count);
    assert.ok(of.some((one) => one.name === `${name}_sum`));
  }
}
