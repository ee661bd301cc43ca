// Which headers a message of the stateless revision gets.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "../../../core/json.ts";
import { statelessHeaders } from "../../../cli/mcp/headers.ts";

const _meta = { "io.modelcontextprotocol/protocolVersion": "2026-07-28" };

test("a message that names no revision gets none", () => {
  for (const params of [{}, { _meta: {} }, { _meta: 3 }, null] as JsonObject[]) {
    assert.equal(statelessHeaders({ method: "tools/list", params }), undefined);
  }
  assert.equal(statelessHeaders({ id: 1, result: { _meta } }), undefined);
});

test("revision, method and what the method names are repeated", () => {
  assert.deepEqual(statelessHeaders({ method: "tools/list", params: { _meta } }), {
    "mcp-protocol-version": "2026-07-28",
    "mcp-method": "tools/list",
  });
  const name = (value: string) =>
    statelessHeaders({ method: "tools/call", params: { name: value, _meta } })!["mcp-name"];
  assert.equal(name("opcode.run"), "opcode.run");
  assert.equal(name("é\n"), "=?base64?w6kK?=");
  assert.equal(name(" x"), "=?base64?IHg=?=");
  assert.equal(name(""), "=?base64??=");
  assert.equal(name("=?base64?eA==?="), "=?base64?PT9iYXNlNjQ/ZUE9PT89?=");
  const read = { method: "resources/read", params: { uri: "opcode://runs/1", _meta } };
  assert.equal(statelessHeaders(read)!["mcp-name"], "opcode://runs/1");
});
