// What the data of every kind of store must do so that they can be moved.

import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { Store } from "../engine/store/store.ts";
import {
  keyOf,
  MOVED,
  type MovedRow,
  type MovedTable,
  type Transfer,
  type TransferUse,
} from "../engine/store/transfer.ts";
import type { Table } from "../engine/store/columns.ts";
import * as described from "../engine/store/tables.ts";
import type { VaultStore } from "../engine/store/vault-store.ts";
import { fillAllTables } from "./support/all-tables.ts";

export interface DataUnderTest {
  openStore(): Promise<Store & VaultStore>;
  open(use: TransferUse): Promise<Transfer>;
  /** Lets the tables have a layout that no program knows yet. */
  makeNewer(): Promise<void>;
  remove(): Promise<void>;
}

/** All rows of a table, in pages of so many rows and bytes. */
export async function allRows(
  transfer: Transfer,
  table: MovedTable,
  page = { rows: 500, bytes: Infinity },
): Promise<MovedRow[]> {
  const rows: MovedRow[] = [];
  for (;;) {
    const last = rows.at(-1);
    const after = last === undefined ? null : keyOf(table, last);
    const more = await transfer.read(table, { after, ...page });
    if (more.length === 0) return rows;
    rows.push(...more);
  }
}

export function transferSuite(name: string, make: () => Promise<DataUnderTest>): void {
  describe(name, () => {
    let data: DataUnderTest;
    let opened: Transfer[] = [];
    beforeEach(async () => {
      data = await make();
    });
    afterEach(async () => {
      await closeAll();
      await data.remove();
    });
    const closeAll = async () => {
      await Promise.all(opened.map((one) => one.close()));
      opened = [];
    };
    const open = async (use: TransferUse) => {
      const transfer = await data.open(use);
      opened.push(transfer);
      return transfer;
    };
    const fill = async () => {
      const store = await data.openStore();
      await fillAllTables(store);
      await store.close();
    };

    it("has every table that is described", () => {
      const tables = (Object.values(described) as unknown[]).filter((one) =>
        typeof one === "object" && one !== null && "columns" in one && "key" in one
      ) as Table<unknown>[];
      const names = tables.map((table) => table.name);
      assert.deepEqual(MOVED.map((table) => table.name).sort(), names.sort());
    });

    it("says of a place without data that there are none, and makes none", async () => {
      for (let i = 0; i < 2; i++) {
        const { layout, rows, half } = await (await open("look")).facts();
        assert.deepEqual([layout, half], [null, null]);
        assert.ok(Object.values(rows).every((count) => count === 0));
        assert.deepEqual(Object.keys(rows).sort(), MOVED.map((table) => table.name).sort());
      }
    });

    it("counts the rows of each table and reads them in order, page by page", async () => {
      await fill();
      const transfer = await open("look");
      const { rows } = await transfer.facts();
      for (const table of MOVED) {
        assert.ok(rows[table.name]! > 0, table.name);
        const all = await allRows(transfer, table);
        assert.equal(all.length, rows[table.name], table.name);
        assert.deepEqual(await allRows(transfer, table, { rows: 3, bytes: Infinity }), all);
        if (table.name !== "events") {
          assert.deepEqual(await allRows(transfer, table, { rows: 9, bytes: 1 }), all, table.name);
        }
        assert.deepEqual(await transfer.last(table), keyOf(table, all.at(-1)!));
      }
    });

    it("tells who is at work on the data", async () => {
      await fill();
      assert.deepEqual(await (await open("look")).workers(), []);
    });

    it("has what was written, also twice, once it is whole, and is opened by nobody before", async () => {
      await fill();
      const source = await open("source");
      const all: [MovedTable, MovedRow[]][] = [];
      for (const table of MOVED) all.push([table, await allRows(source, table)]);
      await closeAll();
      const target = await open("target");
      await target.begin({ source: "somewhere", stamp: "s" });
      const { rows, half } = await target.facts();
      assert.deepEqual(half, { source: "somewhere", stamp: "s" });
      assert.ok(Object.values(rows).every((count) => count === 0));
      for (let i = 0; i < 2; i++) for (const [table, one] of all) await target.write(table, one);
      for (const [table, one] of all) assert.deepEqual(await allRows(target, table), one);
      await closeAll();
      await assert.rejects(
        data.openStore(),
        /only a part of those of somewhere: go on with "opcode/,
      );
      const again = await open("target");
      await again.finish();
      assert.equal((await again.facts()).half, null);
      await closeAll();
      const store = await data.openStore();
      assert.equal(await store.takeRunNos(1), 3);
      await store.close();
    });

    it("refuses a newer layout, and data that somebody else is at work on", async () => {
      await fill();
      await data.makeNewer();
      for (const use of ["look", "source", "target"] as const) {
        await assert.rejects(
          async () => (await (await open(use)).facts()),
          (error: Error & { code: string }) =>
            error.code === "STORE_ERROR" && /use a newer opcode/.test(error.message),
        );
      }
    });
  });
}
