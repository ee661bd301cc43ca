// Which values of two versions are shown, and how much of them.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Json, JsonObject } from "../../../core/json.ts";
import { atOnce } from "../../../core/slices.ts";
import { diff } from "../../../engine/definition/diff.ts";
import { buildTree } from "../../../engine/definition/tree.ts";
import { branch, loop, parallel, step, workflow } from "./support.ts";

function between(before: JsonObject, after: JsonObject) {
  const version = ({ steps, ...fields }: JsonObject) => ({
    tree: buildTree({ steps } as never),
    fields,
  });
  return atOnce(diff(version(before), version(after)));
}

/** Each value as `step path: old → new`. */
function values(before: JsonObject, after: JsonObject): string[] {
  const side = (value: Json | undefined) => value === undefined ? "-" : JSON.stringify(value);
  return (between(before, after).values ?? []).map((value) =>
    `${value.step_id ?? ""} ${value.path}: ${side(value.old)} → ${side(value.new)}`
  );
}

const params = (value: JsonObject) => workflow(step("a", { params: value }));

test("each value that differs has its path, what it was and what it is", () => {
  assert.deepEqual(
    values(
      params({ url: "a", list: [1, { x: 1, y: 2 }], same: [1], gone: true, "odd key": 1 }),
      params({ url: "b", list: [1, { x: 1, y: 3 }], same: [1], come: null, "odd key": 2 }),
    ),
    [
      'a params.url: "a" → "b"',
      "a params.list[1].y: 2 → 3",
      "a params.gone: true → -",
      'a params["odd key"]: 1 → 2',
      "a params.come: - → null",
    ],
  );
  assert.deepEqual(values(params({ l: [1] }), params({ l: [1, 2] })), ["a params.l: [1] → [1,2]"]);
  assert.deepEqual(
    values({ ...params({}), timeout: "1m", inputs: { n: 1 } }, {
      ...params({}),
      inputs: { n: "1" },
    }),
    [' timeout: "1m" → -', ' inputs.n: 1 → "1"'],
  );
  assert.deepEqual(values(params({ a: 1 }), params({ a: 1 })), []);
});

test("inner steps have their own, and lists of steps are told by the ids in both", () => {
  const inner = (n: number, ...more: Json[]) =>
    workflow(
      branch("c", "ok", step("x", { params: { n } }), ...more),
      parallel("p", [step("y", { timeout: `${n}s` })]),
      loop("l", step("z", { params: { n } })),
    );
  assert.deepEqual(values(inner(1, step("w")), inner(2)), [
    "c.ok.x params.n: 1 → 2",
    'p.branch_0.y timeout: "1s" → "2s"',
    "l.iter_*.z params.n: 1 → 2",
  ]);
  const two = (...ids: string[]) => workflow(loop("l", ...ids.map((id) => step(id))));
  assert.deepEqual(values(two("x", "y"), two("y", "x")), [
    'l config.body[0]: "l.iter_*.x" → "l.iter_*.y"',
    'l config.body[1]: "l.iter_*.y" → "l.iter_*.x"',
  ]);
});

test("a secret in plain text is not shown, by its form or by the name of its member", () => {
  const token = (end: string) => `ghp_${"a1B2".repeat(9)}${end}`;
  const shown = JSON.stringify([
    values(
      params({ headers: { Authorization: `Bearer ${token("x")}` }, password: "hunter2" }),
      params({ headers: { Authorization: `Bearer ${token("y")}` }, password: "hunter3" }),
    ),
    values(
      { ...params({}), inputs: { token: "old-one-it-was" } },
      { ...params({ all: { api_key: "k-123456", text: `see ${token("z")}` } }), inputs: {} },
    ),
  ]);
  assert.doesNotMatch(shown, /ghp_|hunter|old-one|k-123456/);
  assert.match(shown, /a params\.password: \\"\*\*\*\\" → \\"\*\*\*\\"/);
});

test("long values are cut, texts to where they begin to differ", () => {
  const script = (end: string) => `${"echo the same\n".repeat(100)}${end}${"!".repeat(500)}`;
  const [line] = between(params({ s: script("old") }), params({ s: script("new") })).values!;
  for (const [text, word] of [[line!.old, "old"], [line!.new, "new"]] as [string, string][]) {
    assert.ok(text.length < 250 && text.startsWith("…") && text.endsWith("…"), text);
    assert.ok(text.includes(word), text);
  }
  const large = { list: Array.from({ length: 500 }, (_, i) => i) };
  const [whole] = between(params({}), params(large)).values!;
  assert.match(String(whole!.new), /^\[0,1,.*…$/);
  const huge = between(params({ x: "a".repeat(100_000) }), params({ x: 1 })).values!;
  assert.deepEqual(huge[0]!.old, "(100000 characters)");
});

test("what has no room is counted", () => {
  const many = (n: number) =>
    params(Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`k${i}`, n])));
  const { values: shown, values_left_out } = between(many(1), many(2));
  assert.deepEqual([shown!.length, values_left_out], [20, 30]);
  const steps = (n: number) =>
    workflow(...Array.from({ length: 300 }, (_, i) => step(`s${i}`, { params: { n } })));
  const all = between(steps(1), steps(2));
  assert.equal(all.values!.length + all.values_left_out!, 300);
  assert.ok(JSON.stringify(all.values).length < 14_000);
  assert.equal(all.changed.length, 300);
});

test("the name of a secret is shown where triggers have one, and a secret is not", () => {
  const triggers = (secret: string, token: string) => ({
    ...workflow(step("a")),
    triggers: {
      webhook: [{ name: "push", verify: "github", secret }],
      notify: { url: "https://example.com", secret },
      cron: [{ name: "daily", expression: "0 0 * * *", params: { secret: token } }],
    },
  });
  assert.deepEqual(values(triggers("GITHUB", "hunter1"), triggers("GITHUB_2", "hunter2")), [
    ` triggers.webhook[0].secret: "GITHUB" → "GITHUB_2"`,
    ` triggers.notify.secret: "GITHUB" → "GITHUB_2"`,
    ` triggers.cron[0].params.secret: "***" → "***"`,
  ]);
  const [added] = values(workflow(step("a")), triggers("GITHUB", "hunter2"));
  assert.match(added!, /"secret":"GITHUB"|secret\\":\\"GITHUB/);
  assert.doesNotMatch(added!, /hunter2/);
  const [token] = values(triggers("GITHUB", "x1"), triggers(`ghp_${"a1".repeat(12)}`, "x1"));
  assert.match(token!, /→ "\*\*\*"$/);
});
