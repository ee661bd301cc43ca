// Whether any message that quotes a value shows so much of a secret that masking no longer finds it.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "../../../core/json.ts";
import { allFiles, isCode, ships } from "../../house/sources.ts";
import { openTestEngine } from "../../support/test-engine.ts";
import { TestVault } from "../../support/test-vault.ts";

const TOKEN = "${{secrets.TOKEN}}";
const SECRETS = [
  "s3cr3t-value-of-forty-nine-characters-0123456789x",
  `s3cr3t-"value"-of-sixty-one-characters-0123456789-abcdefghij`,
  `s3cr3t-ünd-${Array.from({ length: 40 }, (_, i) => i * i).join("-")}`,
];

const expression = (expression: string) => ({
  action: "expr.eval",
  params: { expression, data: TOKEN },
});
const FAILING: JsonObject[] = [
  expression("int(data)"),
  expression("float(data)"),
  expression("date(data)"),
  expression("date(data, data)"),
  expression("duration(data)"),
  expression("timezone(data)"),
  expression("{'a': 1}[data].b.c"),
  expression("fromJSON(data)"),
  expression("data + 1"),
  expression("data.x"),
  expression("fromBase64(data)"),
  expression("data matches data + '('"),
  ...[
    "tonumber",
    "fromjson",
    ".a",
    ".[0]",
    "implode",
    "keys",
    "1 - .",
    "{(.): 1} | .[0]",
    "error",
    "todate",
    "@base64d",
  ]
    .map((filter) => ({ action: "jq.transform", params: { filter, data: TOKEN } })),
  { action: "expr.eval", params: { expression: TOKEN } },
  { action: "jq.transform", params: { filter: TOKEN, data: 1 } },
  { action: "assert.equals", params: { expected: { a: "…".repeat(40), b: TOKEN }, actual: 1 } },
  { action: "assert.equals", params: { expected: `${"... ".repeat(12)}${TOKEN}`, actual: 1 } },
  { action: "assert.equals", params: { expected: `${"x".repeat(48)}${TOKEN}`, actual: TOKEN } },
  { action: "assert.contains", params: { haystack: [TOKEN], needle: 1 } },
  { action: "assert.matches", params: { value: TOKEN, pattern: "^x$" } },
  { action: "assert.matches", params: { value: "x", pattern: `${TOKEN}(` } },
  { action: "assert.schema", params: { data: TOKEN, schema: { type: "number" } } },
  { action: "assert.schema", params: { data: 1, schema: { const: TOKEN } } },
  { action: "assert.schema", params: { data: 1, schema: { enum: ["x".repeat(470), TOKEN] } } },
  {
    action: "assert.schema",
    params: { data: { [TOKEN]: 1 }, schema: { additionalProperties: false } },
  },
  { action: "assert.schema", params: { data: {}, schema: { required: [TOKEN] } } },
  { action: "crypto.hash", params: { data: "x", algorithm: TOKEN } },
  { action: "crypto.hmac", params: { data: "x", key: "k", algorithm: TOKEN } },
  { action: "fs.read", params: { path: `/nowhere/${TOKEN}` } },
  { action: "fs.list", params: { path: "/", pattern: `[${TOKEN}` } },
  { action: "shell.exec", params: { command: `/nowhere/${TOKEN}` } },
  { action: "shell.exec", params: { command: "true", cwd: `/nowhere/${TOKEN}` } },
  { action: "shell.exec", params: { command: "true", env: { [`${TOKEN}=`]: "x" } } },
  { action: "http.get", params: { url: TOKEN } },
  { action: "http.get", params: { url: `http://127.0.0.1:1/${TOKEN}` } },
  { action: "http.get", params: { url: "http://127.0.0.1:1/", timeout: TOKEN } },
  { action: "http.request", params: { url: "http://127.0.0.1:1/", method: TOKEN } },
  { action: "http.get", params: { url: "http://127.0.0.1:1/", headers: { [TOKEN]: "x" } } },
  { action: "workflow.run", params: { template_name: TOKEN } },
  { action: "workflow.run", params: { template_name: "w", version: TOKEN } },
  { action: "workflow.fail", params: { reason: `it is ${TOKEN}` } },
  { action: "workflow.context", params: { action: "read", workflow_id: TOKEN } },
  { action: "test.echo", params: { x: "${{steps.data.output.s[inputs.none]}}" } },
  { action: "test.echo", params: { x: "${{int(steps.data.output.s)}}" } },
  { action: "test.echo", params: { x: "${{timestamp(steps.data.output.s)}}" } },
  { action: "test.echo", params: { x: "${{duration(steps.data.output.s)}}" } },
  { action: "test.echo", params: { x: "${{steps.data.output.s.y}}" } },
  { action: "test.echo", params: { x: "${{steps.data.output.k.none}}" } },
];

for (const secret of SECRETS) {
  test(`no failure shows ${secret.length} characters of a secret, nor eight`, async () => {
    for (const [i, step] of FAILING.entries()) {
      const engine = await openTestEngine({ secrets: new TestVault({ TOKEN: secret }) });
      const reply = await engine.run([
        { id: "data", action: "test.echo", params: { s: TOKEN, k: { [TOKEN]: 1 } } },
        { id: "a", depends_on: ["data"], on_error: { strategy: "ignore" }, ...step },
      ]);
      const record = await engine.store.readRun(reply.workflow_id, { events: 100, seals: false });
      const shown = JSON.stringify([reply, record]);
      for (let at = 0; at + 8 <= secret.length; at++) {
        // Of what stands inside a text of JSON each character is escaped; those need not match.
        const part = JSON.stringify(secret.slice(at, at + 8)).slice(1, -1);
        const found = shown.indexOf(part);
        const near = shown.slice(Math.max(0, found - 100), found + 100);
        assert.equal(found, -1, `${part} in ${JSON.stringify(step)} (${i}): ${near}`);
      }
    }
  });
}

test("whoever cuts a value short in a message says so by an ellipsis", () => {
  const cuts = allFiles().filter((source) => isCode(source) && ships(source))
    .filter(({ file }) => !/^core\/(text|errors|ids)\.ts$/.test(file))
    .flatMap(({ file, text }) =>
      text.split("\n").filter((line) => /`[^`]*\$\{[^}`]*\.(slice|substring)\(0, (?!-)/.test(line))
        .map((line) => `${file}: ${line.trim()}`)
    );
  // The log's line of a failed run: cut when its secrets have been taken out.
  assert.deepEqual(cuts.filter((cut) => !cut.startsWith("engine/transition/conclude.ts")), []);
});
