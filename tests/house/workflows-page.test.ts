// Whether the page about writing workflows tells the truth: its definitions run, its events exist.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { JsonObject } from "../../core/json.ts";
import { WRITTEN_TYPES } from "../../engine/journal/event-types.ts";
import { openTestEngine } from "../support/test-engine.ts";
import { root } from "./sources.ts";

const page = readFileSync(join(root, "docs/workflows.md"), "utf8");
const blocks = [...page.matchAll(/^```json\n([^]*?)^```$/gm)]
  .map(([, text]) => JSON.parse(text!) as JsonObject);

test("each definition is accepted without a warning and does what it shows", async () => {
  const { opcode } = await openTestEngine();
  const found: string[] = [];
  for (const [i, definition] of blocks.entries()) {
    if (!definition.steps) continue;
    const defined = await opcode.define({ name: `w${i}`, definition, agent_id: "a" });
    assert.deepEqual(defined.warnings, undefined);
    const run = await opcode.run({ template_name: `w${i}`, agent_id: "a" });
    const next = blocks[i + 1];
    if (next && !next.steps) assert.deepEqual(run.output, next);
    else assert.equal(run.status, "suspended");
    found.push(run.status);
  }
  assert.deepEqual(found.filter((status) => status === "completed").length, 7);
  assert.deepEqual(found.filter((status) => status === "suspended").length, 2);
});

test("it names every event that a run can have", () => {
  const section = page.slice(page.indexOf("## Events"));
  const named = [...section.matchAll(/`((?:workflow|step|loop|wait|[a-z]+)_[a-z_]+)`/g)]
    .map(([, name]) => name!);
  assert.deepEqual(named.toSorted(), WRITTEN_TYPES.toSorted());
});
