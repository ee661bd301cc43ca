// What a reload of the settings changes, and what it only names.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { createLogger } from "../../core/log.ts";
import { createReload, type Reloaded } from "../../server/reload.ts";
import { loadSettings, SettingsError } from "../../server/settings/load.ts";
import { scratch } from "../support/scratch.ts";

function setUp(t: TestContext) {
  const lines: any[] = [];
  const log = createLogger({ level: "info", write: (line) => lines.push(JSON.parse(line)) });
  const env: Record<string, string> = { OPCODE_HOME: scratch(t) };
  let load = () => loadSettings({ env });
  const running = load();
  const told: Reloaded[] = [];
  let refusal: Error | undefined;
  const reload = createReload({
    running,
    load: () => load(),
    log,
    retune: () => refusal === undefined ? Promise.resolve() : Promise.reject(refusal),
    tell: async (reloaded) => void told.push(reloaded),
  });
  return {
    log,
    env,
    running,
    fail: () =>
      load = () => {
        throw new SettingsError(["settings.json: line 3, column 1: broken"]);
      },
    file: (settings: object) =>
      writeFileSync(join(env.OPCODE_HOME!, "settings.json"), JSON.stringify(settings)),
    refuse: (error: Error) => refusal = error,
    told,
    reload: async () => {
      lines.length = 0;
      await reload();
      return lines;
    },
  };
}

test("the log level changes at once", async (t) => {
  const { log, env, reload, running } = setUp(t);
  env.OPCODE_LOG_LEVEL = "debug";
  await reload();
  assert.deepEqual([log.level, running.log_level], ["debug", "debug"]);
});

test("what takes effect is told, with where it is from now", async (t) => {
  const { file, reload, running, told } = setUp(t);
  file({ pool_size: 3, http: { deny_private: true }, fs: { deny: ["/etc"] } });
  await reload();
  await reload();
  assert.deepEqual(told.map(({ changed, restart }) => [changed, restart]), [
    [["pool_size", "http.deny_private", "fs.deny"], []],
    [[], []],
  ]);
  assert.equal(running.pool_size, 3);
  assert.equal(running.sources.pool_size, join(running.home, "settings.json"));
});

test("what a flag or a variable pins is named: the file cannot change it", async (t) => {
  const { env, file, reload, told } = setUp(t);
  const pinned = async () =>
    (await reload()).filter((line) => line.setting !== undefined)
      .map(({ setting, place }) => [setting, place]);
  file({ panel: false });
  assert.deepEqual(await pinned(), []);
  env.OPCODE_PANEL = "1";
  assert.deepEqual(await pinned(), [["panel", "OPCODE_PANEL"]]);
  assert.deepEqual(told.at(-1)?.pinned, [{ setting: "panel", place: "OPCODE_PANEL" }]);
});

test("what needs a restart is named each time until it has been restarted", async (t) => {
  const { env, reload, running, told } = setUp(t);
  env.OPCODE_MAX_STEPS = "3";
  env.OPCODE_LISTEN_ADDR = ":5000";
  for (let time = 0; time < 2; time++) {
    const warning = (await reload()).find((line) => line.level === "warn");
    assert.deepEqual(warning.settings, ["listen_addr", "max_steps"]);
    assert.deepEqual(told.at(-1)?.restart, ["listen_addr", "max_steps"]);
  }
  assert.equal(running.max_steps, 10_000);
});

test("a list is another one only when its items are", async (t) => {
  const { env, reload } = setUp(t);
  env.OPCODE_ALLOWED_HOSTS = "a.test";
  const warning = (await reload()).find((line) => line.level === "warn");
  assert.deepEqual(warning.settings, ["allowed_hosts"]);
});

test("settings that cannot be read change nothing", async (t) => {
  const { fail, reload, log, told } = setUp(t);
  fail();
  const [line] = await reload();
  const error = "settings.json: line 3, column 1: broken";
  assert.deepEqual([line.level, line.error], ["error", error]);
  assert.deepEqual([told.at(-1)?.error, told.at(-1)?.changed], [error, []]);
  assert.equal(log.level, "info");
});

test("settings that cannot take effect change nothing", async (t) => {
  const { file, refuse, reload, running, told } = setUp(t);
  file({ log_level: "debug", fs: { deny: ["/etc"] } });
  refuse(new Error("no"));
  await reload();
  assert.deepEqual([told.at(-1)?.error, running.log_level, running["fs.deny"]], ["no", "info", []]);
});
