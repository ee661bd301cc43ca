// Whether a daemon that is on its way up or down is waited for instead of being given a rival.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import type { RequestListener } from "node:http";
import { join } from "node:path";
import { test } from "node:test";
import { silentLogger } from "../../../core/log.ts";
import { homeDaemon } from "../../../cli/mcp/find-daemon.ts";
import { healthResponse, type Phase } from "../../../server/api/health.ts";
import { Connections } from "../../../server/connections.ts";
import { bindDoor } from "../../../server/door.ts";
import { loadSettings } from "../../../server/settings/load.ts";
import { afterwards, tempHome } from "../../support/daemon.ts";

test("a daemon that answers without serving is waited for, and none is started", async (t) => {
  const home = tempHome(t);
  const asked: Phase[] = [];
  const phases: Phase[] = ["stopping", "starting", "starting", "ok"];
  const connections = new Connections({ most: 100, log: silentLogger });
  const starting: RequestListener = async (_, response) => {
    const phase = phases[Math.min(asked.length, phases.length - 1)]!;
    asked.push(phase);
    const health = healthResponse(phase, "1");
    response.writeHead(health.status, Object.fromEntries(health.headers));
    response.end(await health.text());
  };
  const door = await bindDoor({ host: "", port: 0 }, { connections, starting });
  afterwards(t, () => door.close(0));
  const url = `http://127.0.0.1:${door.port}`;
  writeFileSync(join(home, "daemon.json"), JSON.stringify({ pid: process.pid, url, version: "1" }));
  const finder = homeDaemon(loadSettings({ env: { OPCODE_HOME: home } }), (text) => {
    throw new Error(text);
  });
  const { signal } = new AbortController();
  assert.equal(await finder.serves(), false);
  assert.equal((await finder.find(signal)).url, url);
  assert.deepEqual(asked, phases);
  assert.equal((await finder.find(signal)).url, url);
  assert.equal(asked.length, phases.length, "what is known is not asked again");
});
