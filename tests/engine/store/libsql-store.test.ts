// Whether the embedded store is a store, on a file and in memory.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLibsqlStore } from "../../../engine/store/libsql/open.ts";
import { storeSuite } from "../../store-suite.ts";

storeSuite("the libSQL store", async () => {
  const directory = mkdtempSync(join(tmpdir(), "opcode-store-"));
  const open = () => openLibsqlStore({ path: join(directory, "test.db"), durability: "normal" });
  let store = await open();
  return {
    store,
    async reopen() {
      await store.close();
      return store = await open();
    },
    async crash() {
      await store.crash();
      return store = await open();
    },
    async remove() {
      await store.close();
      rmSync(directory, { recursive: true });
    },
  };
});
