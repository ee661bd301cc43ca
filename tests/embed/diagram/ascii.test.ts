// What the drawings in characters look like, cell by cell.

import assert from "node:assert/strict";
import { test } from "node:test";
import { COLUMNS, drawAscii } from "../../../embed/diagram/ascii/ascii.ts";
import { widthOf } from "../../../embed/diagram/ascii/width.ts";
import { action, HOSTILE, picture, SHOP, SHOP_RUN } from "./pictures.ts";

const SHOP_DRAWN = `\
=== Workflow ===

                                ╭───────╮
                                │ Start │
                                ╰───┬───╯
                                    ┃
                                    ▼
                           ┌────────────────┐
                           │ fetch-data     │
                           │ (http.request) │
                           │ [OK] 450ms     │
                           └────────┬───────┘
                                    ┃
                                    ▼
                              ┌───────────┐
                              │ validate  │
                              │ (jq)      │
                              │ [OK] 12ms │
                              └─────┬─────┘
                                    ┃
                                    ▼
┌───────────────────────────────────────────────────────────────────────┐
│ ◇ check-stock                                                         │
│ (steps.validate.result)                                               │
│ [OK] 3ms                                                              │
├──────────────────┬──────────────────────────────────┬─────────────────┤
│              in_stock                         out_of_stock            │
│                  ▼                                  ▼                 │
│ ┌────────────────────────────────┐  ┌───────────────────────────────┐ │
│ │ process-payment (http.request) │  │ notify-restock (http.request) │ │
│ │ [OK] 890ms ↻2                  │  │ [SKIP]                        │ │
│ └────────────────────────────────┘  └───────────────────────────────┘ │
└───────────────────────────────────┬───────────────────────────────────┘
                                    ┃
                                    ▼
                         ╭─────────────────────╮
                         │ ? approval          │
                         │ (approve or reject) │
                         │ [WAIT]              │
                         ╰──────────┬──────────╯
                                    ▼
                            ┌──────────────┐
                            │ ship         │
                            │ (shell.exec) │
                            │ [PEND]       │
                            └───────┬──────┘
                                    ▼
                                 ╭─────╮
                                 │ End │
                                 ╰─────╯

━ the way taken   ┈ passed by
`;

test("a run is drawn with its branches, tags, times and the way it took", () => {
  assert.equal(drawAscii(picture(SHOP, SHOP_RUN)), SHOP_DRAWN);
});

test("fan-out, merge and an arrow that skips a row can be told apart", () => {
  const drawn = drawAscii(picture({
    steps: [
      action("a"),
      action("b", { depends_on: ["a"] }),
      action("c", { depends_on: ["a"] }),
      action("d", { depends_on: ["b", "c"] }),
      action("e", { depends_on: ["a", "d"] }),
    ],
  }));
  const lines = drawn.split("\n");
  const below = (id: string) =>
    lines[lines.findIndex((line) => line.includes(`│ ${id} `)) + 3]!.trim();
  // Three arrows leave the first; that of the last passes beside the rows between.
  assert.match(below("a"), /^┌─+[┬┼┴]─+[┬┼┴]?─*[┐┴┬┼]/);
  const beside = lines.filter((line) =>
    /[bcd] +│.*│/.test(line) && /│ {3}│|│ {3}$|^ *│ {2,}│/.test(line)
  );
  assert.ok(beside.length >= 1, drawn);
  assert.equal(drawn.match(/▼/g)!.length, 7);
});

test("no line is wider than 120 columns where that can be, whatever the width of a row", () => {
  const wide = Array.from({ length: 40 }, (_, i) => action(`work-${i}`, { depends_on: ["src"] }));
  const cases = Array.from({ length: 12 }, (_, i) => [`case_${i}`, [action(`do${i}`)]]);
  const drawn = drawAscii(picture({
    steps: [
      action("src"),
      ...wide,
      action("join", { depends_on: wide.map(({ id }) => id) }),
      {
        id: "pick",
        type: "condition",
        config: { expression: "x", branches: Object.fromEntries(cases) },
      },
      action("long".repeat(60)),
    ],
  }));
  for (const line of drawn.split("\n")) assert.ok(widthOf(line) <= COLUMNS, line);
  for (let i = 0; i < 40; i++) assert.match(drawn, new RegExp(`│ work-${i} `));
  for (let i = 0; i < 12; i++) assert.match(drawn, new RegExp(`do${i} \\(`));
});

test("boxes around wide characters and emoji close where they should", () => {
  const drawn = drawAscii(picture({
    steps: [
      action("日本語のステップ"),
      action("go🚀👩‍💻", { depends_on: ["日本語のステップ"] }),
      action("é→û"),
    ],
  }));
  const lines = drawn.split("\n");
  for (const id of ["日本語のステップ", "go🚀👩‍💻", "é→û"]) {
    const at = lines.findIndex((line) => line.includes(id));
    const end = (line: string, mark: string) => widthOf(line.slice(0, line.lastIndexOf(mark)));
    const corner = lines[at]!.endsWith("│") ? lines[at - 1]! : lines[at + 1]!;
    assert.ok(end(lines[at]!, "│") === end(corner, lines[at]!.endsWith("│") ? "┐" : "│"), drawn);
  }
});

test("the same text of steps in two branches stays two boxes", () => {
  const branches = { a: [action("same")], b: [action("same")], c: [action("Start")] };
  const drawn = drawAscii(picture({
    steps: [{ id: "pick", type: "condition", config: { expression: "x", branches } }],
  }));
  assert.equal(drawn.match(/│ same \(/g)!.length, 2);
  assert.equal(drawn.match(/Start/g)!.length, 2);
});

test("every status has its tag", () => {
  const tags = {
    completed: "[OK]",
    failed: "[FAIL]",
    running: "[RUN]",
    suspended: "[WAIT]",
    skipped: "[SKIP]",
    pending: "[PEND]",
    scheduled: "[PEND]",
    retrying: "[RETRY]",
  } as const;
  for (const [status, tag] of Object.entries(tags) as [keyof typeof tags, string][]) {
    const drawn = drawAscii(picture({ steps: [action("a")] }, { steps: { a: { status } } }));
    assert.ok(drawn.includes(`│ ${tag}`), drawn);
  }
});

test("an arrow that leads back up is told, and nothing is lost", () => {
  const of = picture({ steps: [action("a"), action("b", { depends_on: ["a"] })] });
  const [a, b] = of.nodes.filter(({ holds }) => holds > 0);
  of.edges.push({ from: b!.key, to: a!.key, label: "on error", dashed: true });
  assert.match(drawAscii(of), /^back: b → a \(on error\)$/m);
});

test("no name moves the cursor or breaks a line", () => {
  for (const id of HOSTILE) {
    const drawn = drawAscii(picture({ metadata: { name: id }, steps: [action(id)] }));
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch(drawn, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e]/);
    assert.equal(drawn.split("\n").length, 15, drawn);
    assert.ok(drawn.isWellFormed());
  }
});

test("the same picture is the same text", () => {
  const of = () => picture(SHOP, SHOP_RUN);
  assert.equal(drawAscii(of()), drawAscii(of()));
});
