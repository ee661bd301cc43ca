// How log lines read on a terminal.

import assert from "node:assert/strict";
import { test } from "node:test";
import { readableLine } from "../../cli/log-line.ts";

const LINE = '{"time":"2026-11-21T12:30:01.250Z","level":"warn","msg":"a b","url":"u","n":[1]}\n';

test("time, level, message and fields, without control characters", () => {
  assert.equal(readableLine(LINE, false), "12:30:01 warn  a b  url=u  n=[1]\n");
  assert.equal(readableLine(LINE, true), "12:30:01 \x1b[33mwarn \x1b[0m a b  url=u  n=[1]\n");
  const nasty = JSON.stringify({ time: "", level: "info", msg: "\x1b[2J" });
  assert.ok(!readableLine(nasty, false).includes("\x1b"));
});

test("what is no log line stays as it is", () => {
  for (const line of ["plain\n", "3\n"]) assert.equal(readableLine(line, false), line);
});
