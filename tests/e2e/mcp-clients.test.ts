// Whether real MCP clients can work with the daemon, from listing tools to a reconnect.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { afterwards, type Cleanup, startTestDaemon } from "../support/daemon.ts";
import { SDK_CLIENTS, type SdkProgress } from "../support/mcp-clients.ts";
import { TOOL_NAMES } from "../support/tool-names.ts";

/** The middle step ends when the test lets it: by then its client has seen the first one end. */
const DEFINITION = {
  steps: [
    { id: "hash", action: "crypto.hash", params: { data: "${{inputs.text}}" } },
    { id: "gate", action: "http.get", params: { url: "${{inputs.gate}}" }, depends_on: ["hash"] },
    {
      id: "check",
      action: "assert.equals",
      params: { expected: "${{inputs.expected}}", actual: "${{steps.hash.output.hash}}" },
      depends_on: ["gate"],
    },
  ],
};

/** An HTTP server that answers once `opened` has happened. */
async function startGate(t: Cleanup, opened: Promise<void>): Promise<string> {
  const server = createServer(async (_, response) => {
    await opened;
    response.end("go");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  afterwards(t, () => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

const EXPECTED = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

for (const kind of SDK_CLIENTS) {
  test(`${kind.name}: list, define, run, fail, reconnect`, async (t) => {
    const daemon = await startTestDaemon(t);
    const first = await kind.connect(daemon.url);
    t.diagnostic(`speaks ${first.version}`);

    assert.deepEqual(await first.tools(), TOOL_NAMES);

    const defined = await first.call("opcode.define", {
      name: "hash",
      agent_id: "tester",
      definition: DEFINITION,
      input_schema: { type: "object" },
    });
    assert.deepEqual(defined.structuredContent, { name: "hash", version: "v1" });

    const seen = Promise.withResolvers<void>();
    const gate = await startGate(t, seen.promise);
    const reports: SdkProgress[] = [];
    const run = { template_name: "hash", agent_id: "tester" };
    const good = await first.call(
      "opcode.run",
      { ...run, params: { text: "hello", gate, expected: EXPECTED } },
      (report) => {
        reports.push(report);
        if (report.progress === 1) seen.resolve();
      },
    );
    const { workflow_id, status, steps } = good.structuredContent;
    assert.equal(status, "completed", good.content[0].text);
    assert.equal(steps.hash.output.hash, EXPECTED);
    assert.deepEqual(JSON.parse(good.content[0].text), good.structuredContent);
    const done = reports.map((report) => report.progress);
    assert.deepEqual(done, [...new Set(done)].sort((a, b) => a - b), "progress grows");
    assert.equal(reports.find((report) => report.progress === 1)?.message, "hash completed");
    assert.ok(reports.every((report) => report.total === 3));

    const failed = await first.call("opcode.run", {
      ...run,
      params: { text: "x", gate, expected: "y" },
    });
    assert.equal(failed.isError, undefined);
    assert.equal(failed.structuredContent.status, "failed");

    const missing = await first.call("opcode.run", { ...run, template_name: "nothing" });
    assert.equal(missing.isError, true);
    assert.equal(missing.structuredContent.error.code, "NOT_FOUND");
    assert.match(missing.content[0].text, /^\[NOT_FOUND\].*not found/);

    const invalid = await first.call("opcode.define", {
      name: "hash",
      agent_id: "tester",
      definition: { steps: [{ id: "a", action: "no.such" }] },
    });
    assert.equal(invalid.structuredContent.error.code, "VALIDATION_ERROR");
    assert.ok(invalid.structuredContent.error.details.errors[0].path);
    await first.close();

    const second = await kind.connect(daemon.url);
    const state = (await second.call("opcode.status", { workflow_id })).structuredContent;
    assert.equal(state.status, "completed");
    assert.equal(state.template_version, "v1");
    const sequences = state.events.map((event: { sequence: number }) => event.sequence);
    assert.deepEqual(sequences, sequences.map((_: number, at: number) => at + 1));
    const listed = await second.call("opcode.query", {
      resource: "workflows",
      filter: { agent_id: "tester" },
    });
    assert.equal(listed.structuredContent.workflows.length, 2);
    await second.close();
  });
}
