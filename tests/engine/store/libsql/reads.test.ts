// Whether the reads use their indexes, and stop at a bound where there is none.

import assert from "node:assert/strict";
import { it } from "node:test";
import { STEP_STATUSES, type StepStatus } from "../../../../core/status.ts";
import { openWriter } from "../../../../engine/store/libsql/connection.ts";
import { migrate } from "../../../../engine/store/libsql/migrate.ts";
import { MIGRATIONS } from "../../../../engine/store/libsql/migrations.ts";
import type { Reads } from "../../../../engine/store/sql/reads/index.ts";
import { EVENT_TYPES } from "../../../../engine/journal/event-types.ts";
import type { EventFilter } from "../../../../engine/store/store.ts";
import { Explaining } from "../../../support/explaining.ts";
import { READ_CASES } from "../../../support/read-cases.ts";
import { uuid } from "../../../support/rows.ts";

function open() {
  const connection = openWriter(":memory:", "full");
  migrate(connection, MIGRATIONS, 0);
  connection.exec(
    `INSERT INTO runs VALUES (1, '${uuid(1)}', 't', 1, 'a', NULL, NULL, 0, '{}', 'k', 5, 3, 2, 2,
      NULL, NULL, NULL, 5, 0, NULL, NULL, NULL, NULL)`,
  );
  return { connection, queries: new Explaining(connection) };
}

for (const [name, ...args] of READ_CASES) {
  it(`${name} ${JSON.stringify(args)} walks no table`, () => {
    const { connection, queries } = open();
    queries.read(name, ...args as never);
    assert.notEqual(queries.plans.length, 0);
    const walks = queries.plans.filter((plan) =>
      /^SCAN (runs|r|p|events|e|asked|answered|decisions|d|steps|s|timers|t|templates|agents|contexts|blobs|notices)\b/
        .test(plan) &&
      // The list of all templates is the index itself, from the first name on.
      plan !== "SCAN templates USING INDEX templates_by_name"
    );
    assert.deepEqual(walks, []);
    connection.close();
  });
}

/** What is in the way of a filter: many rows, none of which fits all of it. */
function crowded() {
  const { connection, queries } = open();
  connection.exec("BEGIN");
  const rows = (n: number) =>
    `(WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < ${n})
      SELECT i FROM c)`;
  const rare = EVENT_TYPES.indexOf("step_failed");
  const frequent = EVENT_TYPES.indexOf("step_completed");
  // The first events alone fit.
  connection.exec(
    `INSERT INTO events SELECT i, 1, i, iif(i % 2, ${rare}, ${frequent}),
       iif(i <= 2, 'wanted', 'other'), NULL, NULL, ${T0} + i FROM ${rows(45_000)}`,
  );
  connection.exec(
    `INSERT INTO runs SELECT i + 1, 'r' || i, iif(i = 1, 'wanted', 'other'), 1, 'busy', NULL,
       NULL, 0, '{}', NULL, i, 1 + i % 3, 1, NULL, NULL, NULL, NULL, i, 0, NULL, NULL, NULL, NULL
     FROM ${rows(12_000)}`,
  );
  connection.exec(
    `INSERT INTO decisions SELECT i, 'd' || i, 1, 's', iif(i = 1, 'wanted', 'other'),
       iif(i = 1, 'wanted', 'other'), 1, '[]', NULL, NULL, i % 4, NULL, NULL, NULL, i
     FROM ${rows(5_000)}`,
  );
  connection.exec(
    `INSERT INTO templates SELECT i, 't' || printf('%05d', i), 1, NULL, '{}', NULL, NULL, NULL,
       'author', 1, NULL FROM ${rows(5_000)}`,
  );
  connection.exec(
    `INSERT INTO templates SELECT 5000 + i, 't' || printf('%05d', i), 2, NULL, '{}', NULL, NULL,
       NULL, iif(i = 5000, 'author', 'other'), 1, NULL FROM ${rows(5_000)}`,
  );
  connection.exec("COMMIT");
  return { connection, queries };
}

const T0 = 1_800_000_000_000;

/** Reads to the end; returns the ids found, and how many reads that took. */
function follow<K>(
  read: (after: K | null) => { ids: unknown[]; next: K | null },
): { found: unknown[]; reads: number } {
  const found: unknown[] = [];
  let reads = 0;
  let after: K | null = null;
  do {
    const page = read(after);
    found.push(...page.ids);
    after = page.next;
    reads++;
  } while (after !== null);
  return { found, reads };
}

it("looks at no more events a read than a bound, whatever the filter, and finds them all", () => {
  const { connection, queries } = crowded();
  const wanted = (filter: Partial<EventFilter>) =>
    [1, 2].filter((id) =>
      (filter.type === undefined || (filter.type === "step_failed") === (id === 1)) &&
      (filter.since === undefined || T0 + id >= filter.since)
    );
  for (const runId of [undefined, uuid(1)]) {
    for (const type of [undefined, "step_failed", "step_completed"] as const) {
      for (const since of [undefined, T0 + 1]) {
        for (const order of ["oldest", "newest"] as const) {
          const filter = {
            order,
            limit: 10,
            stepId: "wanted",
            ...(runId !== undefined && { runId }),
            ...(type !== undefined && { type }),
            ...(since !== undefined && { since }),
          };
          const { found, reads } = follow<[number, number]>((after) => {
            const { rows, next } = queries.read("listEvents", filter, after);
            return { ids: rows.map(({ id }) => id), next };
          });
          const expected = wanted(filter);
          const what = JSON.stringify(filter);
          assert.deepEqual(found, order === "oldest" ? expected : expected.toReversed(), what);
          // Half of the 45,000 are of the rare type, whose index alone is looked at.
          assert.ok(reads >= (runId === undefined && type === "step_failed" ? 3 : 5), what);
        }
      }
    }
  }
  connection.close();
});

it("goes through no history that is too old for the filter", () => {
  const { connection, queries } = crowded();
  for (const type of ["step_failed", "step_completed"] as const) {
    const filter = {
      order: "newest",
      limit: 10,
      type,
      since: T0 + 50_000 + 25 * 3_600_000,
    } as const;
    assert.deepEqual(queries.read("listEvents", filter, null), { rows: [], next: null });
  }
  connection.close();
});

it("looks at no more runs, decisions and templates a read than a bound, and finds them all", () => {
  const { connection, queries } = crowded();
  const runs = follow<[number]>((after) => {
    const filter = { agentId: "busy", templateName: "wanted", limit: 10 };
    const { rows, beyond } = queries.read("listRuns", filter, after);
    return { ids: rows.map(({ run }) => run.id), next: beyond as [number] | null };
  });
  assert.deepEqual(runs, { found: ["r1"], reads: 5 });
  for (const filter of [{ agentId: "wanted" }, { targetAgentId: "wanted" }]) {
    const decisions = follow<[string]>((after) => {
      const page = { ...filter, limit: 10 };
      const { rows, beyond } = queries.read("listDecisions", page, after);
      return { ids: rows.map(({ id }) => id), next: beyond as [string] | null };
    });
    assert.deepEqual(decisions, { found: ["d1"], reads: 3 });
  }
  const templates = follow<[string, number]>((after) => {
    const filter = { agentId: "author", latest: true, limit: 10 };
    const { rows, beyond } = queries.read("listTemplates", filter, after);
    return { ids: rows.map(({ name }) => name), next: beyond as [string, number] | null };
  });
  assert.deepEqual(templates, { found: ["t05000"], reads: 3 });
  assert.deepEqual(queries.read("templateNames", 3), ["t00001", "t00002", "t00003"]);
  connection.close();
});

it("goes on in the middle of a template's versions, without those that are newer", () => {
  const { connection, queries } = open();
  connection.exec(
    `INSERT INTO templates WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 40)
       SELECT i, iif(i <= 30, 'b', iif(i <= 35, 'a', 'c')), i, NULL, '{}', NULL, NULL, NULL,
       iif(i % 2, 'odd', 'even'), 1, NULL FROM c`,
  );
  const range =
    /^SEARCH templates USING INDEX \S+ \((?:agent_id=\? AND )?name=\? AND version<\?\)$/;
  const filters: { name?: string; agentId?: string }[] = [
    {},
    { name: "b" },
    { agentId: "odd" },
    { name: "b", agentId: "odd" },
  ];
  for (const filter of filters) {
    queries.plans.length = 0;
    const { found } = follow<[string, number]>((after) => {
      const { rows } = queries.read("listTemplates", { ...filter, limit: 7, brief: true }, after);
      if (after) assert.ok(queries.plans.some((plan) => range.test(plan)), queries.plans.join());
      const last = rows.length < 7 ? null : rows[6]!;
      return {
        ids: rows.map((row) => `${row.name}${row.version}`),
        next: last && [last.name, last.version],
      };
    });
    const names = filter.name === undefined ? ["a", "b", "c"] : [filter.name];
    const bounds = { a: [31, 35], b: [1, 30], c: [36, 40] } as Record<string, [number, number]>;
    const wanted = names.flatMap((name) => {
      const [from, to] = bounds[name]!;
      return Array.from({ length: to - from + 1 }, (_, i) => to - i)
        .filter((version) => filter.agentId === undefined || version % 2 === 1)
        .map((version) => `${name}${version}`);
    });
    assert.deepEqual(found, wanted);
  }
  connection.close();
});

it("lists agents in index order, from the first and from where a page ended", () => {
  const { connection, queries } = open();
  queries.read("listAgents", 10, null);
  const tallied = [
    "SEARCH tallies USING PRIMARY KEY (agent_id=?)",
    "LIST SUBQUERY 1",
    "SCAN json_each VIRTUAL TABLE INDEX 1:",
  ];
  assert.deepEqual(queries.plans, ["SCAN agents USING INDEX agents_by_seen", ...tallied]);
  queries.read("listAgents", 10, [5, "a"]);
  assert.deepEqual(queries.plans.slice(1 + tallied.length), [
    "SEARCH agents USING INDEX agents_by_seen (<expr><?)",
    ...tallied,
  ]);
  connection.close();
});

it("sums what was counted by the ranges of its stretches, whatever else was", () => {
  const { connection, queries } = open();
  queries.read("counts", { minutes: [0, 60_000], days: [0, 900_000] });
  assert.ok(
    queries.plans.includes("SEARCH buckets USING PRIMARY KEY (span=? AND at>? AND at<?)"),
    queries.plans.join("\n"),
  );
  assert.ok(!queries.plans.some((plan) => /SCAN (buckets|tallies|runs)/.test(plan)));
  connection.close();
});

it("lists runs of one status in index order, without sorting them all", () => {
  const { connection, queries } = open();
  queries.read("listRuns", { limit: 5, status: "failed" }, null);
  assert.ok(queries.plans.some((plan) => plan.includes("USING COVERING INDEX runs_by_status")));
  connection.close();
});

it("lists by every filter in index order, from where those of a time begin", () => {
  const { connection, queries } = open();
  connection.exec(
    `INSERT INTO runs (run_no, id, template_name, template_version, agent_id, depth, params,
       created_at, status, last_seq, updated_at, active_ms)
     VALUES (7, 'a', 't', 1, 'a', 0, '{}', 5, 4, 1, 5, 0)`,
  );
  const since = 10 + 24 * 3_600_000;
  for (
    const [filter, index] of [
      [{}, "runs_by_status (status=? AND rowid>? AND rowid<?)"],
      [{ agentId: "a" }, "runs_by_agent (agent_id=? AND status=? AND rowid>? AND rowid<?)"],
      [
        { templateName: "t" },
        "runs_by_template (template_name=? AND status=? AND rowid>? AND rowid<?)",
      ],
    ] as const
  ) {
    queries.plans.length = 0;
    queries.read("listRuns", { limit: 5, status: "failed", since, ...filter }, [9]);
    assert.ok(
      queries.plans.includes(`SEARCH runs USING INDEX ${index}`),
      queries.plans.join("\n"),
    );
    // Only the page itself is sorted.
    assert.ok(queries.plans.filter((plan) => /TEMP B-TREE/.test(plan)).length <= 1);
  }
  connection.close();
});

it("bounds what it looks at once at each end, whatever bounds a list has", () => {
  const { connection, queries } = crowded();
  const after = { number: [11_000], completion: [11_000, 11_000], id: ["r9"] };
  connection.exec("UPDATE runs SET completed_at = created_at");
  const filters = [
    ["number", { since: 2 * 24 * 3_600_000, until: 11_500, agentId: "busy" }],
    ["number", { until: 11_500, templateName: "other" }],
    ["completion", { completedSince: 5, completedUntil: 11_500, agentId: "busy" }],
    ["id", { idPrefix: "r", agentId: "busy" }],
    ["number", { idSuffix: "0", until: 11_500 }],
  ] as const;
  for (const [order, filter] of filters) {
    queries.asked.length = 0;
    queries.read("listRuns", { limit: 5, ...filter }, [...after[order]]);
    queries.read("countRuns", { limit: 5, ...filter });
    const key = { number: "run_no", completion: "completed_at", id: "id" }[order];
    for (const { sql } of queries.asked) {
      for (const [part] of sql.matchAll(/WHERE (?:(?!ORDER BY).)*/gs)) {
        // A tie is told apart in brackets, which no index is looked up by.
        const bare = part.replaceAll(/\([^()]*\)/g, "");
        for (const sign of [">", "<"]) {
          const count = bare.split(new RegExp(`\\b${key} ${sign}=? \\?`)).length - 1;
          assert.ok(count <= 1, `${count} bounds: ${part}`);
        }
      }
    }
  }
  connection.close();
});

it("lists decisions of one status, and of one run, in index order", () => {
  const { connection, queries } = open();
  queries.read("listDecisions", { limit: 5, status: "pending" }, [uuid(9)]);
  assert.ok(
    queries.plans.includes(
      "SEARCH decisions USING COVERING INDEX decisions_by_status (status=? AND rowid<?)",
    ),
    queries.plans.join("\n"),
  );
  queries.read("listDecisions", { limit: 5, status: "pending", runId: uuid(1) }, [uuid(9)]);
  assert.ok(
    queries.plans.includes(
      "SEARCH decisions USING COVERING INDEX decisions_by_run (run_no=? AND status=? AND rowid<?)",
    ),
    queries.plans.join("\n"),
  );
  connection.close();
});

it("looks at a bounded part of the history for what no index knows", () => {
  const { connection, queries } = open();
  const sought = [1, 15_000, 35_000];
  connection.exec(
    `INSERT INTO events WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n LIMIT 35000)
     SELECT id, 1, id, 8, CASE WHEN id IN (${sought}) THEN 'a' ELSE 'b' END, NULL, NULL, 5 FROM n`,
  );
  for (const order of ["oldest", "newest"] as const) {
    const filter = { order, limit: 10, stepId: "a" };
    const found: number[] = [];
    let after: [number, number] | null = null;
    let reads = 0;
    do {
      const slice: ReturnType<Reads["listEvents"]> = queries.read("listEvents", filter, after);
      found.push(...slice.rows.map((row) => row.id));
      after = slice.next;
      reads++;
    } while (after !== null);
    assert.deepEqual(found, order === "oldest" ? sought : sought.toReversed());
    assert.equal(reads, 4);
  }
  connection.close();
});

it("looks at the steps of a run of very many by kind: open and failed ones, the top, the first", () => {
  const { connection, queries } = open();
  const insert = connection.prepare(
    "INSERT INTO steps VALUES (1, ?, ?, 1, 0, ?, NULL, NULL, NULL, NULL, NULL, NULL)",
  );
  const code = (status: StepStatus) => STEP_STATUSES.indexOf(status);
  connection.exec("BEGIN");
  for (let i = 0; i < 7_000; i++) insert.run([`l.iter_${i}.a`, code("completed"), i]);
  insert.run(["l", code("running"), 0]);
  insert.run(["top", code("completed"), 0]);
  insert.run(["l.iter_6999.b", code("failed"), 9]);
  connection.exec("COMMIT");
  const view = queries.read("viewRun", uuid(1), { events: 0, room: 0 })!;
  const ids = view.steps.map(({ stepId }) => stepId);
  assert.deepEqual(ids.slice(0, 5), ["l", "l.iter_6999.b", "top", "l.iter_0.a", "l.iter_1.a"]);
  assert.deepEqual([ids.length, view.allSteps], [2_503, false]);
  assert.equal(queries.read("stepStatuses", 1).length, 7_003);
  connection.close();
});
