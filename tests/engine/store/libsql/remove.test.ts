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
import type { Queries } from "../../../../engine/store/libsql/queries.ts";
import { Explaining } from "../../../support/explaining.ts";

const row = { run_no: 1, idempotency_key: null, completed_at: 1, updated_at: 1 };

const WORK: Record<string, (queries: Queries) => unknown> = {
  "what is large among runs": (queries) => heavyAmong(queries, [1, 2]),
  "what belongs to runs": (queries) => removeParts(queries, [1, 2]),
  "params that lie apart": (queries) => paramsApart(queries, 1),
  "rows of runs": (queries) => removeRows(queries, [1, 2]),
  "rows that stay": (queries) => leaveRows(queries, [1, 2], { removed: 1 }),
  "who refers to a run": (queries) => unreferred(queries, [row, { ...row, run_no: 2 }], 0),
  "a large run": (queries) => removePieces(queries, 1, { until: Infinity, pace: new Pace() }),
  "texts apart": (queries) => dropContents(queries, ["00".repeat(32)]),
};

for (const [what, work] of Object.entries(WORK)) {
  test(`${what}: no table is walked`, () => {
    const connection = openWriter(":memory:", "full");
    migrate(connection, MIGRATIONS, 0);
    const queries = new Explaining(connection);
    work(queries);
    assert.notEqual(queries.plans.length, 0);
    // What it was given, and what it has made of that.
    const given = /^SCAN (json_each|gone|.?subquery|CONSTANT)/i;
    assert.deepEqual(queries.plans.filter((plan) => /^SCAN/.test(plan) && !given.test(plan)), []);
    connection.close();
  });
}
