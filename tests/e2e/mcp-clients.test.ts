// Whether real MCP clients can work with the daemon, from listing tools to a reconnect.

import assert from "node:assert/strict";
import { test } from "node:test";
import { startTestDaemon } from "../support/daemon.ts";
import { SDK_CLIENTS, type SdkProgress } from "../support/mcp-clients.ts";

const DEFINITION = {
  steps: [
    { id: "hash", action: "crypto.hash", params: { data: "${{inputs.text}}" } },
    {
      id: "check",
      action: "assert.equals",
      params: { expected: "${{inputs.expected}}", actual: "${{steps.hash.output.hash}}" },
      depends_on: ["hash"],
    },
  ],
};

const EXPECTED = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

for (const kind of SDK_CLIENTS) {
  test(`${kind.name}: list, define, run, fail, reconnect`, async (t) => {
    const daemon = await startTestDaemon(t);
    const first = await kind.connect(daemon.url);
    t.diagnostic(`speaks ${first.version}`);

    assert.deepEqual(await first.tools(), [
      "opcode.define",
      "opcode.diagram",
      "opcode.query",
      "opcode.run",
      "opcode.signal",
      "opcode.status",
    ]);

    const defined = await first.call("opcode.define", {
      name: "hash",
      agent_id: "tester",
      definition: DEFINITION,
    });
    assert.deepEqual(defined.structuredContent, { name: "hash", version: "v1" });

    const reports: SdkProgress[] = [];
    const run = { template_name: "hash", agent_id: "tester" };
    const good = await first.call(
      "opcode.run",
      { ...run, params: { text: "hello", expected: EXPECTED } },
      (progress) => reports.push(progress),
    );
    const { workflow_id, status, steps } = good.structuredContent;
    assert.equal(status, "completed", good.content[0].text);
    assert.equal(steps.hash.output.hash, EXPECTED);
    assert.deepEqual(JSON.parse(good.content[0].text), good.structuredContent);
    const done = reports.map((report) => report.progress);
    assert.deepEqual(done, [...new Set(done)].sort((a, b) => a - b), "progress grows");
    assert.equal(done.at(-1), 2);
    assert.ok(reports.every((report) => report.total === 2));

    const failed = await first.call("opcode.run", { ...run, params: { text: "x", expected: "y" } });
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
