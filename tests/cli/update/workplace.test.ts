// One update at a time, and what one has left that is gone is ended once.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import {
  endLeft,
  giveWorkplace,
  type Journal,
  leaveWorkplace,
  takeWorkplace,
  workplaceOf,
  writeJournal,
} from "../../../cli/update/workplace.ts";
import { scratch } from "../../support/scratch.ts";

const JOURNAL: Journal = {
  from: "v1.0.0",
  to: "v2.0.0",
  home: "/data",
  restart: true,
  snapshot: null,
  layouts: null,
};

const never = () => assert.fail("nothing was left");

/** The number of a process that has ended. */
const gone = () => spawnSync("true").pid;

test("whoever comes second is refused, and nothing is taken from the first", async (t) => {
  const place = workplaceOf(join(scratch(t), "opcode"));
  takeWorkplace(place);
  writeJournal(place, JOURNAL);
  assert.throws(() => takeWorkplace(place), new RegExp(`at work on .*process ${process.pid}`));
  await endLeft(place, never);
  assert.ok(existsSync(place.directory));
  leaveWorkplace(place);
  await endLeft(place, never);
  assert.deepEqual(readdirSync(dirname(place.executable)), []);
});

test("one whose process has gone is ended by its journal, and without one removed", async (t) => {
  const place = workplaceOf(join(scratch(t), "opcode"));
  for (const journal of [JOURNAL, undefined]) {
    takeWorkplace(place);
    writeFileSync(place.staged, "half a file");
    if (journal) writeJournal(place, journal);
    giveWorkplace(place, gone());
    const ended: Journal[] = [];
    await endLeft(place, (found) => Promise.resolve(void ended.push(found)));
    assert.deepEqual(ended, journal ? [journal] : []);
    assert.ok(!existsSync(place.directory));
  }
});

test("a process number that is another's by now keeps nobody from updating for ever", async (t) => {
  const place = workplaceOf(join(scratch(t), "opcode"));
  takeWorkplace(place);
  const yesterday = Date.now() / 1_000 - 24 * 60 * 60;
  utimesSync(place.directory, yesterday, yesterday);
  await endLeft(place, never);
  assert.ok(!existsSync(place.directory));
});
