// Whether the daemon is a conforming MCP server: the official suite, against the real stack.

import { test } from "node:test";
import { conforms, REVISIONS } from "../support/conformance.ts";
import { BINARY, spawnDaemon, startTestDaemon } from "../support/daemon.ts";

for (const [revision, scenarios] of REVISIONS) {
  test(`all scenarios that MCP ${revision} requires pass`, async (t) => {
    const daemon = BINARY === undefined
      ? await startTestDaemon(t, { conformanceFixtures: true })
      : await spawnDaemon(t, { env: { OPCODE_CONFORMANCE_FIXTURES: "1" } });
    await conforms(t, daemon.url, { revision, scenarios });
  });
}
