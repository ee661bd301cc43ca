// Whether a limit of a workflow that there is not is told of, with the one that was meant.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createLogger } from "../../core/log.ts";
import { tellOfUnknownLimits } from "../../server/unknown-limits.ts";
import { openTestEngine } from "../support/test-engine.ts";

test("a limit that limits nothing is one warning", async () => {
  const engine = await openTestEngine();
  await engine.define("deploy", [{ id: "s", action: "test.echo" }]);
  const lines: Record<string, unknown>[] = [];
  const log = createLogger({ level: "debug", write: (line) => void lines.push(JSON.parse(line)) });
  const limits = { "limits.templates": { deploy: 1, deplyo: 1, "something else": 2 } };
  await tellOfUnknownLimits(limits, engine.opcode, log);
  const nothing = (name: string) =>
    `limits.templates.${name} limits nothing: there is no such workflow so far`;
  assert.deepEqual(lines.map(({ level, msg, did_you_mean }) => [level, msg, did_you_mean]), [
    ["warn", nothing("deplyo"), "deploy"],
    ["warn", nothing("something else"), undefined],
  ]);
});
