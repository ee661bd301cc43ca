// How settings are found, checked and explained.

import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, test } from "node:test";
import type { SettingName } from "../../../server/settings/keys.ts";
import { homeOf, loadSettings, SettingsError } from "../../../server/settings/load.ts";
import { settingReports } from "../../../server/settings/report.ts";
import { retentionOf } from "../../../server/settings/retention.ts";

const home = mkdtempSync(join(tmpdir(), "opcode-settings-"));
after(() => rmSync(home, { recursive: true, force: true }));
const path = join(home, "settings.json");

function load(
  file: unknown,
  env: Record<string, string> = {},
  flags: Partial<Record<SettingName, string>> = {},
) {
  writeFileSync(path, typeof file === "string" ? file : JSON.stringify(file), { mode: 0o600 });
  return loadSettings({ env: { OPCODE_HOME: home, ...env }, flags });
}

function refusal(...args: Parameters<typeof load>): string {
  try {
    load(...args);
  } catch (error) {
    assert(error instanceof SettingsError);
    return error.message;
  }
  assert.fail("the settings were accepted");
}

test("nothing given: the defaults, each saying so", () => {
  rmSync(path, { force: true });
  const settings = loadSettings({ env: { OPCODE_HOME: home } });
  assert.equal(settings.listen_addr, ":4100");
  assert.equal(settings.db_path, join(home, "opcode.db"));
  assert.equal(settings.log_level, "info");
  assert.equal(settings.pool_size, 10);
  assert.equal(settings.panel, false);
  assert.equal(settings.durability, "full");
  assert.equal(settings.max_steps, 10_000);
  assert.equal(settings.sources.pool_size, "default");
  assert.deepEqual(settings.warnings, []);
});

test("a flag beats the environment, which beats the file; each value knows its source", () => {
  const settings = load(
    { pool_size: 2, log_level: "error", max_steps: 5 },
    { OPCODE_POOL_SIZE: "3", OPCODE_LOG_LEVEL: "Warning" },
    { pool_size: "4" },
  );
  assert.deepEqual(
    [settings.pool_size, settings.log_level, settings.max_steps],
    [4, "warn", 5],
  );
  assert.deepEqual(
    [settings.sources.pool_size, settings.sources.log_level, settings.sources.max_steps],
    ["--pool-size", "OPCODE_LOG_LEVEL", path],
  );
});

test("an empty variable counts as unset; panel is on for true and 1 alone", () => {
  assert.equal(load({ pool_size: 7 }, { OPCODE_POOL_SIZE: "" }).pool_size, 7);
  for (const [text, on] of [["true", true], ["1", true], ["yes", false], ["0", false]] as const) {
    assert.equal(load({}, { OPCODE_PANEL: text }).panel, on, text);
  }
});

test("every wrong value is named with its place and rule", () => {
  const message = refusal(
    { pool_size: "10", panel: "true", durability: "fast", listen_addr: 4100 },
    { OPCODE_LOG_LEVEL: "loud", OPCODE_MAX_STEPS: "many" },
    { base_url: "ftp://x" },
  );
  const lines = message.split("\n");
  assert(lines.includes(`${path}: pool_size: must be a whole number from 1 to 10000, got "10"`));
  assert(lines.includes(`${path}: panel: must be true or false, got "true"`));
  assert(lines.includes(`${path}: durability: must be full or normal, got "fast"`));
  assert(lines.includes('OPCODE_LOG_LEVEL: must be one of debug, info, warn, error, got "loud"'));
  assert(lines.includes('OPCODE_MAX_STEPS: must be a whole number from 1 to 1000000, got "many"'));
  assert(
    lines.includes('--base-url: must be an http:// or https:// URL without query, got "ftp://x"'),
  );
  assert.equal(lines.length, 7);
});

test("the limits of a range are in it, what is beyond is not", () => {
  assert.equal(load({ pool_size: 1 }).pool_size, 1);
  for (const size of [0, -1, 1.5, 10_001, null]) {
    assert.match(refusal({ pool_size: size }), /pool_size: must be a whole number from 1/);
  }
  assert.match(refusal({ listen_addr: "localhost" }), /listen_addr: must be host:port/);
  assert.match(refusal({ db_path: "file:x.db" }), /db_path: must be a file path or :memory:/);
  assert.match(refusal({ db_path: "libsql://host" }), /db_path: must be/);
});

test("a token is never shown in a refusal", () => {
  const message = refusal({}, { OPCODE_AUTH_TOKEN: "two words" });
  assert.match(message, /^OPCODE_AUTH_TOKEN: must be visible ASCII/);
  assert(!message.includes("two words"));
});

test("a malformed file stops with file, line and column", () => {
  assert.equal(
    refusal('{\n  "pool_size": 10,\n}'),
    `${path} is not JSON: expected a key in double quotes, found "}", line 3 column 1`,
  );
  assert.match(refusal("[]"), /must be one JSON object/);
});

test("an unknown key is refused with the nearest name", () => {
  assert.equal(
    refusal({ pool_sise: 3, colour: "red", agent: {} }),
    `${path}: unknown key "pool_sise" (did you mean "pool_size"?)\n` +
      `${path}: unknown key "colour"\n` +
      `${path}: unknown key "agent" (did you mean "agents"?)`,
  );
});

test("an unknown variable is a warning with the nearest name", () => {
  const env = { OPCODE_LISTEN_ADR: ":1", OPCODE_XYZZY: "1", OPCODE_URL: "", OPCODE_POOL_SIZE: "3" };
  assert.deepEqual(load({}, env).warnings, [
    'OPCODE_LISTEN_ADR: unknown variable is ignored (did you mean "OPCODE_LISTEN_ADDR"?)',
    "OPCODE_XYZZY: unknown variable is ignored",
  ]);
});

test("names with a dot: an object in the file, underscores and hyphens elsewhere", () => {
  const file = { http: { max_response_body: 2_000, default_timeout: "5s" } };
  assert.equal(load(file)["http.max_response_body"], 2_000);
  const settings = load(
    file,
    { OPCODE_HTTP_MAX_RESPONSE_BODY: "3000" },
    { "http.default_timeout": "1m" },
  );
  assert.deepEqual(
    [settings["http.max_response_body"], settings["http.default_timeout"]],
    [3_000, "1m"],
  );
  assert.deepEqual(
    [settings.sources["http.max_response_body"], settings.sources["http.default_timeout"]],
    ["OPCODE_HTTP_MAX_RESPONSE_BODY", "--http-default-timeout"],
  );
  assert.equal(refusal({ http: 5 }), `${path}: http: must be an object`);
  assert.equal(
    refusal({ http: { default_timout: "5s" } }),
    `${path}: unknown key "http.default_timout" (did you mean "http.default_timeout"?)`,
  );
});

test("lists of paths: arrays in the file, `:` elsewhere, resolved where they are written", () => {
  const file = { fs: { deny: ["~/.ssh", "data/x", "/etc/../etc"] } };
  assert.deepEqual(load(file)["fs.deny"], [join(homedir(), ".ssh"), join(home, "data/x"), "/etc"]);
  const env = { OPCODE_FS_READ_ONLY: "/a:b:~", OPCODE_FS_WRITABLE: "" };
  const settings = load({ fs: { writable: ["/w"] } }, env, { "fs.deny": "c" });
  assert.deepEqual(
    [settings["fs.deny"], settings["fs.read_only"], settings["fs.writable"]],
    [[resolve("c")], ["/a", resolve("b"), homedir()], ["/w"]],
  );
  for (const deny of ["/etc", [""], [5], ["a\0b"], {}]) {
    assert.match(refusal({ fs: { deny } }), /fs\.deny: must be a list of paths, got /);
  }
});

test("times are durations above 0", () => {
  for (const time of ["0s", "-1s", "5", "soon", ""]) {
    assert.match(
      refusal({ http: { default_timeout: time } }),
      /http\.default_timeout: must be a duration above 0, such as "30s" or "2m", got /,
    );
  }
});

test("how long runs are kept is a duration, days too, or off", () => {
  const kept = (file: object) => retentionOf(load(file));
  const day = 86_400_000;
  assert.deepEqual(kept({}), {
    terminalMs: 30 * day,
    eventsMs: null,
    maxRuns: 100_000,
    firesMs: 90 * day,
  });
  assert.deepEqual(
    kept({ retention: { terminal: "off", events: "12h", max_runs: 0, fires: "off" } }),
    { terminalMs: null, eventsMs: day / 2, maxRuns: null, firesMs: null },
  );
  for (const terminal of ["0d", "0s", "-1d", "30", "soon", "", "never"]) {
    assert.match(
      refusal({ retention: { terminal } }),
      /retention\.terminal: must be a duration above 0, such as "30d" or "12h", or off, got /,
    );
  }
});

test("lists: arrays in the file, one text elsewhere", () => {
  assert.deepEqual(load({})["http.deny_hosts"], []);
  const hosts = ["example.com", "10.0.0.0/8", "fd00::/8"];
  assert.deepEqual(load({ http: { deny_hosts: hosts } })["http.deny_hosts"], hosts);
  const given = load({}, { OPCODE_HTTP_DENY_HOSTS: " example.com, 10.0.0.0/8,,fd00::/8 " });
  assert.deepEqual(given["http.deny_hosts"], hosts);
  for (const wrong of ["example.com", [5], ["http://example.com"], {}, null]) {
    assert.match(
      refusal({ http: { deny_hosts: wrong } }),
      /http\.deny_hosts: must be a list of names/,
      JSON.stringify(wrong),
    );
  }
  assert.match(refusal({}, { OPCODE_HTTP_ALLOW_HOSTS: "10.0.0.0/99" }), /^OPCODE_HTTP_ALLOW_HOSTS/);
});

test("what guards something is on or off, and nothing else", () => {
  for (const [text, on] of [["true", true], ["1", true], ["false", false], ["0", false]] as const) {
    assert.equal(load({}, { OPCODE_HTTP_DENY_PRIVATE: text })["http.deny_private"], on);
  }
  assert.match(refusal({}, { OPCODE_HTTP_DENY_PRIVATE: "yes" }), /must be true or false/);
  assert.match(refusal({ http: { deny_private: "true" } }), /must be true or false/);
});

test("paths: ~ is the user's home, relative ones start at the data or working directory", () => {
  assert.equal(load({ db_path: "~/x.db" }).db_path, join(homedir(), "x.db"));
  assert.equal(load({ db_path: "data/x.db" }).db_path, join(home, "data/x.db"));
  assert.equal(load({}, { OPCODE_DB_PATH: "x.db" }).db_path, resolve("x.db"));
  assert.equal(load({ db_path: ":memory:" }).db_path, ":memory:");
  assert.equal(homeOf({ OPCODE_HOME: "~/elsewhere" }), join(homedir(), "elsewhere"));
  assert.equal(homeOf({}), join(homedir(), ".opcode"));
});

test("store_url: a password is never shown, and may come from a file", () => {
  const file = join(home, "password");
  writeFileSync(file, "s3cret\n", { mode: 0o600 });
  const url = "postgres://me@db.example/opcode";
  const settings = load({ store_url: url, store_password_file: "password" });
  assert.equal(settings.storePassword, "s3cret");
  assert.equal(settings.storePasswordFile, file);
  assert.deepEqual(settings.warnings, []);
  const withIts = load({}, { OPCODE_STORE_URL: "postgres://me:hunter2@db.example/opcode" });
  const shown = settingReports(withIts).find(({ name }) => name === "store_url");
  assert.equal(shown!.value, "postgres://me:***@db.example/opcode");
  assert.doesNotMatch(refusal({ store_url: "mysql://me:hunter2@x/y" }), /hunter2/);
  assert.match(refusal({ store_url: "mysql://x" }), /store_url: must be a postgres:\/\/USER@HOST/);
  assert.match(
    load({}, {}, { store_url: "postgres://me:x@h/d" }).warnings.join(),
    /list of processes/,
  );
  writeFileSync(file, "s3cret", { mode: 0o644 });
  chmodSync(file, 0o644);
  assert.match(
    load({ store_url: url, store_password_file: "password" }).warnings.join(),
    /others may read the password: chmod 600/,
  );
});

test("store_url: what contradicts it is refused", () => {
  const url = "postgres://me:x@db.example/opcode";
  assert.match(refusal({ store_url: url, db_path: "x.db" }), /store_url: db_path is set, too/);
  // The higher place wins.
  assert.equal(load({ db_path: "x.db" }, { OPCODE_STORE_URL: url }).store_url, url);
  assert.match(refusal({ store_password_file: "password" }), /there is no store_url/);
  assert.match(
    refusal({ store_url: url, store_password_file: "p" }),
    /store_url has a password, too/,
  );
  assert.match(
    refusal({ store_url: "postgres://me@h/d", store_password_file: "none" }),
    /store_password_file \(.*none\): cannot be read/,
  );
});

test("auth_token_file: what it holds is the token, without the line end; the setting is never shown", () => {
  const file = join(home, "token");
  writeFileSync(file, "s3cret-token\n", { mode: 0o600 });
  const settings = load({}, { OPCODE_AUTH_TOKEN_FILE: file });
  assert.equal(settings.auth_token, "s3cret-token");
  assert.equal(settings.authTokenFile, file);
  assert.equal(settings.sources.auth_token, `OPCODE_AUTH_TOKEN_FILE (${file})`);
  assert.deepEqual(settings.warnings, []);
  assert.equal(load({ auth_token_file: "token" }).auth_token, "s3cret-token", "relative to home");
  writeFileSync(file, "other\r\n");
  assert.equal(load({}, {}, { auth_token_file: file }).auth_token, "other");
});

test("auth_token and auth_token_file: the higher place wins, two of the same place are refused", () => {
  const file = join(home, "token");
  writeFileSync(file, "from-file", { mode: 0o600 });
  const env = { OPCODE_AUTH_TOKEN_FILE: file };
  assert.equal(load({ auth_token: "x" }, env).auth_token, "from-file");
  assert.equal(load({}, env, { auth_token: "flag" }).auth_token, "flag");
  assert.equal(load({ auth_token_file: file }, { OPCODE_AUTH_TOKEN: "env" }).auth_token, "env");
  assert.match(refusal({}, { ...env, OPCODE_AUTH_TOKEN: "env" }), /auth_token is set, too/);
  assert.match(refusal({ auth_token: "a", auth_token_file: file }), /auth_token is set, too/);
});

test("auth_token_file: a file without a token is refused by name, one that others may read is warned of", () => {
  const file = join(home, "token");
  const env = { OPCODE_AUTH_TOKEN_FILE: file };
  for (
    const [text, why] of [
      ["", /is empty/],
      ["\n", /is empty/],
      ["two words", /must be one line of visible ASCII/],
      ["two\nlines", /must be one line/],
      [Buffer.from([0xff, 0xfe, 65]), /must be text/],
    ] as const
  ) {
    writeFileSync(file, text);
    const message = refusal({}, env);
    assert.match(message, why);
    assert(message.startsWith(`OPCODE_AUTH_TOKEN_FILE (${file}): `), message);
    assert(text.length === 0 || !message.includes(String(text)) || String(text) === "\n");
  }
  rmSync(file);
  assert.match(refusal({}, env), /cannot be read/);
  writeFileSync(file, "s3cret", { mode: 0o644 });
  assert.match(load({}, env).warnings.join(), /others may read the token: chmod 600/);
  rmSync(file);
});

test("--auth-token warns: everybody can read it in the list of processes", () => {
  assert.match(load({}, {}, { auth_token: "x" }).warnings.join(), /--auth-token: everybody/);
  assert.deepEqual(load({}, { OPCODE_AUTH_TOKEN: "x" }).warnings, []);
});
