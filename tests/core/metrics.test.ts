// How numbers are counted and written so that Prometheus reads them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Metrics } from "../../core/metrics.ts";
import { scrape, valueOf } from "../support/prometheus.ts";

test("a histogram counts each value in its range and all above, and sums them", async () => {
  const metrics = new Metrics();
  const histogram = metrics.histogram({ name: "took_seconds", help: "How long." }, [0.5, 1]);
  for (const value of [0.5, 0.6, 1, 7]) histogram.observe(value);
  assert.equal(
    await metrics.text(),
    [
      "# HELP took_seconds How long.",
      "# TYPE took_seconds histogram",
      'took_seconds_bucket{le="0.5"} 1',
      'took_seconds_bucket{le="1"} 3',
      'took_seconds_bucket{le="+Inf"} 4',
      "took_seconds_sum 9.1",
      "took_seconds_count 4",
      "",
    ].join("\n"),
  );
});

test("a label has the values that it was given, and one for all others", async () => {
  const metrics = new Metrics();
  const about = { help: "What it is.", label: "action", values: ["a", "b"] };
  const of = metrics.histograms({ ...about, name: "took_seconds" }, [1]);
  const failed = metrics.counters({ ...about, name: "failed_total" });
  for (const action of ["a", "constructor", "x", "__proto__"]) {
    of(action).observe(0.1);
    failed.add(action);
  }
  const families = scrape(await metrics.text());
  const counts = (action: string) => [
    valueOf(families, "took_seconds_count", { action }),
    valueOf(families, "failed_total", { action }),
  ];
  assert.deepEqual(counts("a"), [1, 1]);
  assert.deepEqual(counts("b"), [0, 0]);
  assert.deepEqual(counts("other"), [3, 3]);
  assert.equal(families.get("failed_total")!.samples.length, 3);
});

test("quotes, backslashes and line ends in helps and labels can break nothing", async () => {
  const metrics = new Metrics();
  const odd = 'a"b\\c\nd} 1';
  const about = { name: "odd_total", help: `says ${odd}`, label: "what", values: [odd] };
  metrics.counters(about).add(odd);
  const text = await metrics.text();
  assert.equal(valueOf(scrape(text), "odd_total", { what: odd }), 1);
  assert.equal(text.split("\n").length, 5);
});

test("what cannot be read now is left out with a comment, and hides nothing else", async () => {
  const metrics = new Metrics();
  metrics.reading({ name: "gone", help: "Not there." }, () => null);
  metrics.reading({ name: "broken", help: "Fails." }, () => Promise.reject(new Error("no\nstore")));
  metrics.reading({ name: "fine", help: "Is there." }, () => 2);
  const text = await metrics.text();
  const families = scrape(text);
  assert.deepEqual([...families.keys()], ["fine"]);
  assert.match(text, /^# broken cannot be read: no\\nstore$/m);
});

test("a name that two families would have is refused at once", () => {
  const metrics = new Metrics();
  metrics.histogram({ name: "one", help: "One." }, [1]);
  assert.throws(
    () => metrics.histogram({ name: "one", help: "Two." }, [1]),
    /one is there already/,
  );
});
