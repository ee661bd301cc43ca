// Whether the key of session ids outlives a daemon, and what becomes of a broken one.

import assert from "node:assert/strict";
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { createLogger, silentLogger } from "../../core/log.ts";
import { sessionKey } from "../../server/session-key.ts";
import { tempHome } from "../support/daemon.ts";

test("the key is made once, for the user alone", (t) => {
  const home = tempHome(t);
  const key = sessionKey(home, silentLogger);
  assert.equal(key.length, 32);
  assert.deepEqual(sessionKey(home, silentLogger), key);
  assert.equal(statSync(join(home, "session.key")).mode & 0o777, 0o600);
  assert.notDeepEqual(sessionKey(tempHome(t), silentLogger), key);
});

test("what is no key is replaced, and the log says what that costs", (t) => {
  const home = tempHome(t);
  const path = join(home, "session.key");
  for (const text of ["", "00", "z".repeat(64), "0".repeat(63)]) {
    const lines: string[] = [];
    writeFileSync(path, text);
    const key = sessionKey(
      home,
      createLogger({ level: "warn", write: (line) => lines.push(line) }),
    );
    assert.match(lines.join(), /MCP sessions end with this start.*session\.key/);
    assert.equal(readFileSync(path, "utf8").trim(), Buffer.from(key).toString("hex"));
  }
});

test("a file in whose place nothing can be written is an error that names it", (t) => {
  const home = tempHome(t);
  mkdirSync(join(home, "session.key"));
  assert.throws(() => sessionKey(home, silentLogger), /session\.key cannot be written/);
});
