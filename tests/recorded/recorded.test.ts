// Whether this build reads what every released one has left: opened, migrated, and each run gone on as due.

import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test, type TestContext } from "node:test";
import type { JsonObject } from "../../core/json.ts";
import { isTerminal } from "../../core/status.ts";
import { openWriter } from "../../engine/store/libsql/connection.ts";
import { migrate } from "../../engine/store/libsql/migrate.ts";
import { MIGRATIONS } from "../../engine/store/libsql/migrations.ts";
import type { Opcode, StatusReply } from "../../engine/api.ts";
import { startTestDaemon, tempHome } from "../support/daemon.ts";
import { readRecording, recordedLayouts, toldOf } from "./recording.ts";
import { AGENT, type Expected, SCENARIOS, SECRET, VAULT_KEY } from "./scenarios.ts";
import { dump, restore } from "./sql.ts";

/** Layouts before this were never in use: there was no daemon yet. */
const FIRST = 4;
/** Far more than what is due takes. */
const LIMIT = { timeout: 60_000 };

const layouts = recordedLayouts();

/** Runs by the name of their scenario, and children by that of their parent's. */
function runsIn(path: string): { ids: Map<string, string>; children: Map<string, string> } {
  const database = new DatabaseSync(path);
  const rows = database.prepare(
    "SELECT run_no, id, parent_run_no AS parent, idempotency_key AS key FROM runs",
  ).all() as { run_no: number; id: string; parent: number | null; key: string | null }[];
  database.close();
  const own = rows.filter(({ key }) => key !== null);
  const keys = new Map(own.map(({ run_no, key }) => [run_no, key!]));
  const born = rows.filter(({ parent }) => parent !== null);
  return {
    ids: new Map(own.map(({ id, key }) => [key!, id])),
    children: new Map(born.map(({ id, parent }) => [keys.get(parent!)!, id])),
  };
}

function assertStands(reply: StatusReply, due: Expected, what: string): void {
  const stands = reply as unknown as JsonObject;
  for (const [name, expected] of Object.entries(due)) {
    assert.deepEqual(stands[name], expected, `${what}: ${name} of ${JSON.stringify(reply)}`);
  }
}

/** Waits until the run has the status; one that never has is what the test's time limit is for. */
async function reach(opcode: Opcode, id: string, { status }: Expected): Promise<StatusReply> {
  for (;;) {
    let stop = () => {};
    const moved = new Promise<void>((resolve) => stop = opcode.subscribe(() => resolve(), id));
    const reply = await opcode.status(id);
    if (reply.status !== status && !isTerminal(reply.status)) await moved;
    stop();
    // What has ended otherwise never gets there: whoever asks says what is wrong.
    if (reply.status === status || isTerminal(reply.status)) return reply;
  }
}

async function open(t: TestContext, layout: number) {
  const home = tempHome(t);
  const path = join(home, "opcode.db");
  restore(path, readRecording(layout).sql);
  const { ids, children } = runsIn(path);
  const { opcode } = await startTestDaemon(t, { home, vaultKey: VAULT_KEY });
  return { path, ids, children, opcode };
}

for (const layout of layouts) {
  test(
    `layout ${layout}: what had ended reads as it did, what had not goes on as is due`,
    LIMIT,
    async (t) => {
      const { ids, children, opcode } = await open(t, layout);
      const { ended } = readRecording(layout);
      const expected = Object.entries(SCENARIOS).filter(([, { since }]) => since <= layout);
      t.diagnostic(`${ids.size} of ${expected.length} scenarios`);
      assert.ok(ids.size >= 20, "a recording holds most of what can happen");
      const expect = async (name: string, due: Expected, what: string) =>
        assertStands(await reach(opcode, ids.get(name)!, due), due, `${name}, ${what}`);
      for (const [name, id] of ids) {
        const { due, at } = SCENARIOS[name]!;
        if (due) await expect(name, due, "opened");
        else {
          assert.equal(ended[name]!.status, at.status, name);
          assert.deepEqual(toldOf(await opcode.status(id)), ended[name], name);
        }
      }
      for (const [name, id] of ids) {
        const { due, after = [] } = SCENARIOS[name]!;
        // What waits still waits when all others have ended.
        if (due) await expect(name, due, "a while later");
        for (const { send, toChild, due } of after) {
          const workflow_id = toChild ? children.get(name)! : id;
          await opcode.signal({ ...send, agent_id: AGENT, workflow_id });
          await expect(name, due, `after a ${send.signal_type}`);
        }
      }
      const kinds = await opcode.agents();
      assert.equal(kinds.agents.find((agent) => agent.id === AGENT)?.type, "human");
    },
  );

  test(`layout ${layout} is what the first ${layout} migrations make`, (t) => {
    const { sql } = readRecording(layout);
    const path = join(tempHome(t), "made.db");
    const connection = openWriter(path, "normal");
    migrate(connection, MIGRATIONS.slice(0, layout), 0);
    connection.close();
    const layoutOf = (text: string) => text.split("\n").filter((line) => /^CREATE /.test(line));
    assert.deepEqual(layoutOf(sql), layoutOf(dump(path)), "what is released is not changed");
  });

  test(`layout ${layout} holds no secret in the clear`, () => {
    const { sql } = readRecording(layout);
    const { value } = SECRET;
    for (const form of [value, Buffer.from(value).toString("hex")]) {
      assert.ok(!sql.includes(form));
    }
  });
}

test("every layout before the newest is recorded, and the newest is once it is released", (t) => {
  const wanted = Array.from({ length: MIGRATIONS.length - FIRST }, (_, i) => FIRST + i);
  const missing = wanted.filter((layout) => !layouts.includes(layout));
  assert.deepEqual(
    missing,
    [],
    "npm run record -- --tree CHECKOUT, with a checkout of that layout",
  );
  assert.ok(layouts.at(-1)! <= MIGRATIONS.length);
  if (!layouts.includes(MIGRATIONS.length)) {
    t.diagnostic(`layout ${MIGRATIONS.length} is not recorded yet: npm run record`);
  }
});

test("a database becomes text and the same database again", (t) => {
  const home = tempHome(t);
  const cells = [
    "NULL",
    "7",
    "'it''s'",
    `'${"x".repeat(300)}é'`,
    "X'00ff'",
    "''",
    "9007199254740993",
  ];
  const rows = cells.map((cell, i) => `INSERT INTO t VALUES (${i}, ${cell});`).join(" ");
  restore(join(home, "a.db"), `CREATE TABLE t (n INTEGER, v); CREATE INDEX i ON t (v); ${rows}`);
  const text = dump(join(home, "a.db"));
  assert.ok(text.includes("replace(hex(zeroblob(300)), '00', 'x') || 'é'"), text);
  restore(join(home, "b.db"), text);
  assert.equal(dump(join(home, "b.db")), text);
});
