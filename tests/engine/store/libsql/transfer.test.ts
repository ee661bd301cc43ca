// Whether the data of a database file can be moved.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "libsql";
import { openLibsqlStore } from "../../../../engine/store/libsql/open.ts";
import { openTransfer } from "../../../../engine/store/libsql/transfer.ts";
import { transferSuite } from "../../../transfer-suite.ts";

transferSuite("a database file that is moved", () => {
  const directory = mkdtempSync(join(tmpdir(), "opcode-test-"));
  const path = join(directory, "test.db");
  return Promise.resolve({
    openStore: () => openLibsqlStore({ path, durability: "normal" }),
    open: async (use) => await Promise.resolve(openTransfer(path, use, 5)),
    makeNewer() {
      const database = new Database(path);
      database.exec("INSERT INTO schema_migrations VALUES (1000, 'next', 'x', 5)");
      database.close();
      return Promise.resolve();
    },
    remove() {
      rmSync(directory, { recursive: true });
      return Promise.resolve();
    },
  });
});
