// What becomes of settings.json when flags are written into it.

import assert from "node:assert/strict";
import { readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { type GivenSettings, mergeSettings, writeSettings } from "../../../cli/install/merge.ts";
import { refuseAsStart } from "../../../cli/refuse-as-start.ts";
import { scratch } from "../../support/scratch.ts";

function setUp(t: TestContext, text?: string) {
  const home = scratch(t);
  const file = join(home, "settings.json");
  if (text !== undefined) writeFileSync(file, text);
  const merge = (given: GivenSettings) => mergeSettings(home, given, refuseAsStart);
  return { home, file, merge };
}

test("only what is given changes; all else stays as it was written", async (t) => {
  const text = '{\n  "$schema": "x",\n  "panel": true,\n  "http": {"deny_private": true}\n}\n';
  const { home, file, merge } = setUp(t, text);
  const merged = await merge({ pool_size: "3", "http.deny_hosts": "a.test,b.test" });
  writeSettings(merged, home);
  const written = readFileSync(file, "utf8");
  assert.deepEqual(JSON.parse(written), {
    $schema: "x",
    panel: true,
    http: { deny_private: true, deny_hosts: ["a.test", "b.test"] },
    pool_size: 3,
  });
  assert.ok(written.startsWith('{\n  "$schema": "x",\n  "panel": true,\n'), written);
  assert.equal((statSync(file).mode & 0o777).toString(8), "600");
});

test("values are written in their types, paths as they are meant where they are typed", async (t) => {
  const { home, file, merge } = setUp(t);
  writeSettings(
    await merge({ panel: "true", "fs.deny": "here:~/there:/x", db_path: "data.db" }),
    home,
  );
  assert.deepEqual(JSON.parse(readFileSync(file, "utf8")), {
    panel: true,
    fs: { deny: [join(process.cwd(), "here"), "~/there", "/x"] },
    db_path: join(process.cwd(), "data.db"),
  });
  assert.equal((await merge({ db_path: ":memory:" })).settings?.db_path, ":memory:");
});

test("nothing given writes no file, and the same again is no change", async (t) => {
  const { merge } = setUp(t);
  assert.equal((await merge({})).changed, false);
  const second = setUp(t, '{"pool_size": 3}');
  assert.equal((await second.merge({ pool_size: "3" })).changed, false);
});

test("a file that is no JSON object, or says a thing twice, is refused", async (t) => {
  for (const text of ['{"panel": tr', "[]", '{"panel": true, "panel": false}']) {
    await assert.rejects(setUp(t, text).merge({ panel: "true" }), { name: "SettingsError" }, text);
  }
});

test("a value that breaks its rule, and what a daemon would not start with, are refused", async (t) => {
  const { merge } = setUp(t);
  await assert.rejects(merge({ pool_size: "0", log_level: "loud" }), (error: Error) => {
    assert.match(error.message, /^--pool-size: must be .*, got "0"\n--log-level: must be one of /);
    return true;
  });
  await assert.rejects(merge({ listen_addr: "0.0.0.0:4100" }), /set auth_token/);
  await assert.rejects(merge({ auth_token_file: "/nowhere" }), /\(\/nowhere\): cannot be read/);
  await assert.rejects(merge({ "actions.allow": "no.such" }), /no\.such/);
});

test("a key that nobody knows stays, and is told as what keeps the daemon from starting", async (t) => {
  const { merge } = setUp(t, '{"theirs": {"a": 1}}');
  const { text, faults, settings } = await merge({ panel: "true" });
  assert.deepEqual(JSON.parse(text), { theirs: { a: 1 }, panel: true });
  assert.match(faults.join("\n"), /unknown key "theirs"/);
  assert.equal(settings, undefined);
});

test("a link stays one, and leads to what was written", async (t) => {
  const { home, file, merge } = setUp(t);
  const real = join(scratch(t), "real.json");
  writeFileSync(real, "{}");
  symlinkSync(real, file);
  writeSettings(await merge({ panel: "true" }), home);
  assert.deepEqual(JSON.parse(readFileSync(real, "utf8")), { panel: true });
});
