// What a data directory has for data that are a server's: its lock and its name among the nodes, both nobody else's.

import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { storePlace } from "../../../../engine/store/open.ts";
import { tempHome } from "../../../support/daemon.ts";

function placeIn(t: TestContext) {
  const home = tempHome(t);
  const store_url = "postgres://me@127.0.0.1:1/none";
  return { home, open: () => storePlace({ db_path: "", store_url, home }) };
}

test("one process at a time has the directory", async (t) => {
  const { home, open } = placeIn(t);
  const lock = (await open()).lock();
  assert.equal(lock.path, join(home, "node.lock"));
  const other = await open();
  assert.throws(() => other.lock(), {
    code: "CONFLICT",
    message: new RegExp(`data directory ${home} `),
  });
  lock.release();
  other.lock().release();
});

test("no action of a workflow opens its files, whatever name leads to them", async (t) => {
  const { home, open } = placeIn(t);
  const place = await open();
  const lock = place.lock();
  const isOurs = place.ownCheck();
  const { dev, ino } = statSync(lock.path, { bigint: true });
  assert.ok(isOurs({ dev, ino }));
  const named = place.files();
  for (const name of ["instance", "node.lock", "node.lock-journal"]) {
    assert.ok(named.includes(join(home, name)), name);
  }
  lock.release();
});

test("of data that are a server's there are no copies here", async (t) => {
  const place = await placeIn(t).open();
  assert.equal(place.restoring(), null);
  assert.match(place.noCopies!, /backups of its own: pg_dump/);
});
