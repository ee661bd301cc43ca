// How a start on a server ends that cannot be: with one sentence that names what is wrong, and nothing half-made.

import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { examine } from "../../../../engine/store/postgres/examine.ts";
import { migrate } from "../../../../engine/store/postgres/migrate.ts";
import { MIGRATIONS } from "../../../../engine/store/postgres/migrations.ts";
import { connected, openPostgresStore } from "../../../../engine/store/postgres/open.ts";
import { Session } from "../../../../engine/store/postgres/session.ts";
import { serverAddress } from "../../../../engine/store/postgres/url.ts";
import { postgresDatabase, type TestDatabase } from "../../../support/postgres.ts";

let database: TestDatabase;

beforeEach(async () => {
  database = await postgresDatabase();
});
afterEach(() => database.remove());

const open = (url = database.url) =>
  openPostgresStore({
    address: serverAddress(url),
    node: { instance: "one", shared: true },
    durability: "full",
  });

const tables = async () =>
  (await database.rows("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"))
    .map(({ relname }) => relname);

async function refused(message: RegExp, url?: string): Promise<void> {
  await assert.rejects(open(url), (error: Error & { code: string }) => {
    assert.equal(error.code, "STORE_ERROR");
    assert.match(error.message, message);
    return true;
  });
}

const urlWith = (change: (url: URL) => void) => {
  const url = new URL(database.url);
  change(url);
  return url.href;
};

test("a database that is not there", () =>
  refused(
    /database "nowhere" does not exist.*: create the database/,
    urlWith((url) => url.pathname = "/nowhere"),
  ));

test("a user that is not there", () =>
  refused(
    /role "nobody" does not exist.*correct the user/,
    urlWith((url) => url.username = "nobody"),
  ));

test("a port where nobody listens", () =>
  refused(
    /as opcode: connect ECONNREFUSED.*start PostgreSQL there/,
    "postgres://opcode@127.0.0.1:1/x",
  ));

test("a socket that is not there", () =>
  refused(
    /at \/nowhere \(a socket\).*start PostgreSQL there/,
    "postgres://opcode@localhost/x?host=/nowhere",
  ));

test("tables of somebody else's, which stay as they are", async () => {
  await database.rows("CREATE TABLE runs (id int)");
  await refused(/has a table runs that is not opcode's: create one for opcode alone/);
  assert.deepEqual(await tables(), ["runs"]);
});

test("a bookkeeping of somebody else's", async () => {
  await database.rows("CREATE TABLE schema_migrations (id int)");
  await refused(/has a table schema_migrations that is not opcode's/);
});

test("a newer layout", async () => {
  await (await open()).close();
  await database.rows("INSERT INTO schema_migrations VALUES (99, 'later', 'x')");
  await refused(
    /has layout version 99 \(later\), this program knows versions up to \d+: use a newer opcode/,
  );
});

test("a layout of another build", async () => {
  await (await open()).close();
  await database.rows("UPDATE schema_migrations SET checksum = 'x' WHERE version = 1");
  await refused(/layout version 1 .* was made by other statements/);
});

test("a user who may create nothing, and one who may write once the tables are there", async () => {
  const user = `${database.name}_user`;
  await database.rows(`CREATE ROLE ${user} LOGIN`);
  try {
    const url = urlWith((one) => one.username = user);
    await refused(
      /permission denied for schema public: give the user the right to create tables/,
      url,
    );
    assert.deepEqual(await tables(), []);
    await (await open()).close();
    await database.rows(
      `GRANT ALL ON ALL TABLES IN SCHEMA public TO ${user};
       GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO ${user}`,
    );
    await (await open(url)).close();
  } finally {
    await database.rows(`DROP OWNED BY ${user}; DROP ROLE ${user}`);
  }
});

test("a database of another encoding", async () => {
  const name = `${database.name}_latin`;
  await database.admin(`CREATE DATABASE ${name} TEMPLATE template0 ENCODING LATIN1`);
  try {
    await refused(
      /has the encoding LATIN1, opcode needs UTF8/,
      urlWith((url) => url.pathname = `/${name}`),
    );
  } finally {
    await database.admin(`DROP DATABASE ${name}`);
  }
});

test("a migration that fails leaves nothing of itself", async () => {
  const session = await Session.open(serverAddress(database.url), "test");
  const broken = {
    version: 2,
    name: "broken",
    statements: ["CREATE TABLE t (a int)", "SELECT nothing"],
  };
  await assert.rejects(migrate(session, [...MIGRATIONS, broken]));
  await session.close();
  assert.deepEqual(await tables(), []);
});

test("of several who start at once one makes the tables", async () => {
  const stores = await Promise.all(
    [1, 2, 3, 4].map((no) =>
      openPostgresStore({
        address: serverAddress(database.url),
        node: { instance: `${no}`, shared: true },
        durability: "full",
      })
    ),
  );
  assert.equal((await database.rows("SELECT * FROM schema_migrations")).length, MIGRATIONS.length);
  assert.equal((await database.rows("SELECT * FROM nodes")).length, 4);
  await Promise.all(stores.map((store) => store.close()));
  assert.equal((await database.rows("SELECT * FROM nodes")).length, 0, "who goes says so");
});

test("what is acknowledged is on the server's disk, whatever the database says", async () => {
  await database.admin(`ALTER DATABASE ${database.name} SET synchronous_commit = off`);
  const store = await open();
  try {
    const [row] = await database.rows("SHOW synchronous_commit");
    assert.equal(row!.synchronous_commit, "off");
    const said = await examine(serverAddress(database.url), Date.now());
    assert.equal(said.filter(({ is }) => is === "fault").length, 0);
    const session = await connected(serverAddress(database.url));
    assert.equal((await session.run("SHOW synchronous_commit")).rows[0]!.synchronous_commit, "on");
    await session.close();
  } finally {
    await store.close();
  }
});

test("an examination changes nothing, and tells what it has seen", async () => {
  const address = serverAddress(database.url);
  const texts = async (now = Date.now()) => (await examine(address, now)).map(({ text }) => text);
  assert.match((await texts())[0]!, /^PostgreSQL \d+.*; there are no data yet$/);
  assert.deepEqual(await tables(), []);
  const store = await open();
  assert.match((await texts())[0]!, /^PostgreSQL \d+.*, layout 1$/);
  assert.match((await texts()).at(-1)!, new RegExp(`^at work on it: .*process ${process.pid}`));
  assert.match(
    (await texts(Date.now() + 3_600_000)).join(),
    /clock and this machine's are 3600 s apart/,
  );
  await store.close();
  assert.equal((await texts()).at(-1), "no daemon is at work on it");
});
