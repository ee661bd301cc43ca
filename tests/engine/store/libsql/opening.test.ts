// What a person reads when the database does not open: which file, what is wrong, what to do.

import assert from "node:assert/strict";
import { mkdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { OpcodeError } from "../../../../core/errors.ts";
import { openLibsqlStore } from "../../../../engine/store/libsql/open.ts";
import { cutInHalf, garble, tamper } from "../../../support/broken-files.ts";
import { event, handOver, run } from "../../../support/rows.ts";
import { scratch } from "../../../support/scratch.ts";

describe("a database that cannot be used is refused in words", () => {
  const cases: [what: string, spoil: (path: string) => unknown, words: RegExp][] = [
    [
      "a text file",
      (path) => writeFileSync(path, "this is text\n".repeat(1_000)),
      /is no SQLite database .*: move that file away, or name another with db_path/,
    ],
    [
      "another program's database",
      (path) => tamper(path, "CREATE TABLE songs (title TEXT)"),
      /belongs to another program \(it has the table songs\): name another file with db_path/,
    ],
    [
      "another program's that counts its layout under the same name",
      (path) =>
        tamper(path, "CREATE TABLE schema_migrations (version TEXT)", "CREATE TABLE users (id)"),
      /belongs to another program .*: name another file/,
    ],
    ["one that was cut in half", async (path) => {
      await filled(path);
      cutInHalf(path);
    }, /is damaged .*\.recover/],
    ["one with bad pages", async (path) => {
      await filled(path);
      garble(path);
    }, /is damaged .*\.recover/],
    ["one with a bad root page", async (path) => {
      await filled(path);
      garble(path, 1);
    }, /is no SQLite database/],
    [
      "one whose layout versions have a gap",
      async (path) => {
        await filled(path);
        tamper(path, "DELETE FROM schema_migrations WHERE version = 2");
      },
      /layout version 2 of the database is missing .*: put a backup in its place/,
    ],
    [
      "a directory",
      (path) => mkdirSync(path),
      /cannot be opened .*: it, \S+-wal and \S+-shm must be files that this user may read and write/,
    ],
    [
      "one whose log is no file",
      async (path) => {
        await filled(path);
        mkdirSync(`${path}-wal`);
      },
      /cannot be opened .*-wal/,
    ],
    [
      "an empty one beside a log",
      (path) => (writeFileSync(path, ""), writeFileSync(`${path}-wal`, "x".repeat(100))),
      /is empty, but \S+-wal holds 100 bytes of changes to it: put the database, or the backup/,
    ],
    [
      "none beside a log",
      (path) => writeFileSync(`${path}-wal`, "x".repeat(100)),
      /is missing, but \S+-wal holds 100 bytes of changes to it: .* move \S+-wal away/,
    ],
  ];
  for (const [what, spoil, words] of cases) {
    it(what, async (test) => {
      const path = join(scratch(test), "test.db");
      await spoil(path);
      const error = await openLibsqlStore({ path, durability: "normal" }).then(
        () => assert.fail("it opened"),
        (thrown: OpcodeError) => thrown,
      );
      assert.equal(error.code, "STORE_ERROR");
      assert.match(error.message, words);
      assert.ok(error.message.includes(path), error.message);
    });
  }

  it("a file of another program is left as it was", async (test) => {
    const path = join(scratch(test), "test.db");
    tamper(path, "CREATE TABLE songs (title TEXT)");
    const before = readFileSync(path);
    await assert.rejects(openLibsqlStore({ path, durability: "normal" }));
    assert.deepEqual(readFileSync(path), before);
  });

  it("an empty file is a new database", async (test) => {
    const path = join(scratch(test), "test.db");
    writeFileSync(path, "");
    truncateSync(path, 0);
    const store = await openLibsqlStore({ path, durability: "normal" });
    assert.equal(await store.runByNo(1), null);
    await store.close();
  });
});

/** A database of some pages, closed. */
async function filled(path: string): Promise<void> {
  const store = await openLibsqlStore({ path, durability: "normal" });
  const numbers = Array.from({ length: 300 }, (_, n) => n + 1);
  await store.commit(
    numbers.map((n) => handOver({ creates: [run(n, { lastSeq: 1 })], events: [event(n, 1)] })),
  );
  await store.close();
}
