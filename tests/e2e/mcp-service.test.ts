// Whether `opcode mcp` has an installed service start the daemon, in place of one that nobody sees to.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { homeDaemon } from "../../cli/mcp/find-daemon.ts";
import { detached } from "../../cli/service/detached.ts";
import { type Service, serviceBy } from "../../cli/service/service.ts";
import { OpcodeError } from "../../core/errors.ts";
import { loadSettings } from "../../server/settings/load.ts";
import { spawnDaemon, tempHome } from "../support/daemon.ts";

/** A service that is installed, whatever this machine has. */
function installed(home: string, start: Service["start"]): () => Promise<Service> {
  return async () => ({ ...serviceBy(detached(home, "a test"), home), kind: "systemd", start });
}

test("a service that is stopped is started, once, and said in one line", async (t) => {
  const home = tempHome(t);
  const notes: string[] = [];
  let starts = 0;
  const service = installed(home, async () => {
    starts++;
    const { pid, url } = await spawnDaemon(t, { home });
    return { pid, url, version: "test" };
  });
  const settings = loadSettings({ env: { OPCODE_HOME: home } });
  const finder = homeDaemon(settings, (text) => notes.push(text), service);
  const { signal } = new AbortController();
  const [first, second] = await Promise.all([finder.find(signal), finder.find(signal)]);
  assert.equal((await (await fetch(`${first.url}/healthz`)).json()).status, "ok");
  assert.equal(second.url, first.url);
  assert.equal(starts, 1);
  assert.equal(notes.length, 1);
  assert.match(notes[0]!, /^starting the service of .* \(systemd\); its log: .* service logs$/);
  assert.ok(notes[0]!.includes(home));
  assert.equal(existsSync(join(home, "daemon.log")), false, "none runs in the background");
});

test("what the service says when it does not start is the answer, and none is started beside it", async (t) => {
  const home = tempHome(t);
  const service = installed(
    home,
    () => Promise.reject(new OpcodeError("EXECUTION_ERROR", "the daemon ended at once: error: no")),
  );
  const finder = homeDaemon(loadSettings({ env: { OPCODE_HOME: home } }), () => {}, service);
  await assert.rejects(finder.find(new AbortController().signal), {
    name: "NotSentError",
    message: /the daemon ended at once/,
  });
  assert.equal(existsSync(join(home, "daemon.log")), false);
});
