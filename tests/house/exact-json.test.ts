// Whether data is read as JSON in the one way that rounds no integer.

import assert from "node:assert/strict";
import { test } from "node:test";
import { allFiles, isCode, ships } from "./sources.ts";

/** What may use `JSON.parse` itself, and why no integer of a user is in it. */
const OTHERS: Record<string, string> = {
  "core/exact-json.ts": "the one way",
  "embed/diagram/answer.ts": "a picture that the engine has made",
  "embed/jq/engine.ts": "only for numbers that no double holds, which jq has as the largest",
  "embed/jq/sorted.ts": "names",
  "embed/pattern/answer.ts": "a text",
  "embed/schema/answer.ts":
    "schemas and what they check, whose numbers are doubles to the validator",
  "embed/schema/size.ts": "a schema that is weighed",
  "engine/actor/poison.ts": "marks",
  "engine/store/cursor.ts": "cursors of our own",
  "server/challenge.ts": "answers of our own daemon",
  "server/home-files.ts": "daemon.json",
  "server/log-ring.ts": "log lines",
  "server/mcp/resource-cursor.ts": "cursors of our own",
  "cli/log-line.ts": "log lines",
  "cli/version.ts": "package.json",
  "panel/exact-json.ts": "the one way in a browser, which tells what a number was written as",
};

test("only parseJson reads what people and programs send", () => {
  const found = allFiles().filter((file) => isCode(file) && ships(file))
    .filter(({ text }) =>
      /\bJSON\.parse\(|\b(?:req|request|response|answer)\.json\(\)/.test(
        text.replace(/\/\/.*|^\s*\*.*/gm, ""),
      )
    )
    .map(({ file }) => file);
  assert.deepEqual(found.filter((file) => !(file in OTHERS) && !file.startsWith("scripts/")), []);
  assert.deepEqual(Object.keys(OTHERS).filter((file) => !found.includes(file)), []);
});
