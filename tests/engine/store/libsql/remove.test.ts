// Whether what removes runs looks at those alone: a sweep may not cost what else there is in the store.

import assert from "node:assert/strict";
import { test } from "node:test";
import { openWriter } from "../../../../engine/store/libsql/connection.ts";
import { dropContents } from "../../../../engine/store/libsql/contents.ts";
import { migrate } from "../../../../engine/store/libsql/migrate.ts";
import { MIGRATIONS } from "../../../../engine/store/libsql/migrations.ts";
import { Pace } from "../../../../engine/store/libsql/pace.ts";
import { removePieces } from "../../../../engine/store/libsql/remove-large.ts";
import {
  heavyAmong,
  leaveRows,
  paramsApart,
  removeParts,
  removeRows,
  unreferred,
} from "../../../../engine/store/libsql/remove-small.ts";
import type { Source } from "../../../../engine/store/sql/source.ts";
import { Explaining } from "../../../support/explaining.ts";

const row = { run_no: 1, idempotency_key: null, completed_at: 1, updated_at: 1 };

const WORK: Record<string, (source: Source) => unknown> = {
  "what is large among runs": (source) => heavyAmong(source, [1, 2]),
  "what belongs to runs": (source) => removeParts(source, [1, 2]),
  "params that lie apart": (source) => paramsApart(source, 1),
  "rows of runs": (source) => removeRows(source, [1, 2]),
  "rows that stay": (source) => leaveRows(source, [1, 2], { removed: 1 }),
  "who refers to a run": (source) => unreferred(source, [row, { ...row, run_no: 2 }], 0),
  "a large run": (source) => removePieces(source, 1, { until: Infinity, pace: new Pace() }),
  "texts apart": (source) => dropContents(source, ["00".repeat(32)]),
};

for (const [what, work] of Object.entries(WORK)) {
  test(`${what}: no table is walked`, () => {
    const connection = openWriter(":memory:", "full");
    migrate(connection, MIGRATIONS, 0);
    const source = new Explaining(connection);
    work(source);
    assert.notEqual(source.plans.length, 0);
    // What it was given, and what it has made of that.
    const given = /^SCAN (json_each|gone|.?subquery|CONSTANT)/i;
    assert.deepEqual(source.plans.filter((plan) => /^SCAN/.test(plan) && !given.test(plan)), []);
    connection.close();
  });
}
