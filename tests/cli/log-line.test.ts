// How log lines read on a terminal.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { readableLine } from "../../cli/log-line.ts";

const LINE = '{"time":"2026-11-21T12:30:01.250Z","level":"warn","msg":"a b","url":"u","n":[1]}\n';

const { TZ, NO_COLOR, TERM } = process.env;
after(() => {
  for (const [name, value] of Object.entries({ TZ, NO_COLOR, TERM })) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});

test("time, level, message and fields, without control characters", () => {
  process.env.TZ = "Asia/Kolkata";
  delete process.env.NO_COLOR;
  process.env.TERM = "xterm";
  assert.equal(readableLine(LINE, {}), "2026-11-21T12:30:01.250Z warn  a b  url=u  n=[1]\n");
  assert.equal(
    readableLine(LINE, { isTTY: true }),
    "2026-11-21 18:00:01 \x1b[33mwarn \x1b[0m a b  url=u  n=[1]\n",
  );
  const nasty = JSON.stringify({ time: "", level: "info", msg: "\x1b[2J" });
  assert.ok(!readableLine(nasty, {}).includes("\x1b"));
});

test("a terminal shows the run's short id, a pipe the whole one", () => {
  process.env.NO_COLOR = "1";
  const id = "01a22742-fc33-7001-9444-fd57e6aa529a";
  const text = JSON.stringify({ time: "", level: "warn", msg: "m", workflow_id: id });
  assert.match(readableLine(text, { isTTY: true }), / m {2}run=01a22742-fc33-7001\n$/);
  assert.match(readableLine(text, {}), new RegExp(` m  workflow_id=${id}\n$`));
});

test("what is no log line stays as it is", () => {
  for (const line of ["plain\n", "3\n"]) assert.equal(readableLine(line, {}), line);
});
