// What a reload of the settings changes, and what it only names.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createLogger } from "../../core/log.ts";
import { createReload } from "../../server/reload.ts";
import { loadSettings, SettingsError } from "../../server/settings/load.ts";

function setUp() {
  const lines: any[] = [];
  const log = createLogger({ level: "info", write: (line) => lines.push(JSON.parse(line)) });
  const env: Record<string, string> = { OPCODE_HOME: "/nonexistent" };
  let load = () => loadSettings({ env });
  const running = load();
  const reload = createReload({ running, load: () => load(), log });
  return {
    log,
    env,
    running,
    fail: () =>
      load = () => {
        throw new SettingsError(["settings.json: line 3, column 1: broken"]);
      },
    reload: () => {
      lines.length = 0;
      reload();
      return lines;
    },
  };
}

test("the log level changes at once", () => {
  const { log, env, reload, running } = setUp();
  env.OPCODE_LOG_LEVEL = "debug";
  reload();
  assert.deepEqual([log.level, running.log_level], ["debug", "debug"]);
});

test("what a flag or a variable pins is named: the file cannot change it", () => {
  const { env, reload } = setUp();
  const pinned = () =>
    reload().filter((line) => line.setting !== undefined)
      .map(({ setting, place }) => [setting, place]);
  assert.deepEqual(pinned(), []);
  env.OPCODE_PANEL = "1";
  assert.deepEqual(pinned(), [["panel", "OPCODE_PANEL"]]);
});

test("what needs a restart is named each time until it has been restarted", () => {
  const { env, reload, running } = setUp();
  env.OPCODE_POOL_SIZE = "3";
  env.OPCODE_LISTEN_ADDR = ":5000";
  for (let time = 0; time < 2; time++) {
    const warning = reload().find((line) => line.level === "warn");
    assert.deepEqual(warning.settings, ["listen_addr", "pool_size"]);
  }
  assert.equal(running.pool_size, 10);
});

test("a list is another one only when its items are", () => {
  const { env, reload } = setUp();
  env.OPCODE_HTTP_DENY_HOSTS = "a.test";
  const warning = reload().find((line) => line.level === "warn");
  assert.deepEqual(warning.settings, ["http.deny_hosts"]);
});

test("settings that cannot be read change nothing", () => {
  const { fail, reload, log } = setUp();
  fail();
  const [line] = reload();
  assert.deepEqual([line.level, line.error], ["error", "settings.json: line 3, column 1: broken"]);
  assert.equal(log.level, "info");
});
