// What every store must do with hooks: those of a template are what was said of them last.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { HookRow, Store } from "../engine/store/store.ts";
import { handOver, hookRow } from "./support/rows.ts";

export function hookSuite(storeOf: () => Store): void {
  const say = async (...all: [templateName: string, hooks: HookRow[]][]) => {
    const batch = all.map(([templateName, hooks]) => handOver({ hooks: { templateName, hooks } }));
    for (const result of await storeOf().commit(batch)) assert.deepEqual(result.ok, true);
  };
  const names = async (filter: object = {}) =>
    (await storeOf().listHooks({ limit: 9, ...filter })).rows
      .map(({ templateName, name }) => `${templateName}/${name}`);

  describe("hooks", () => {
    it("are found by template and name, as they were said", async () => {
      const signed = hookRow("a", "in", { verify: "github", secret: "S", map: ".body" });
      await say(["a", [signed, hookRow("a", "open")]]);
      assert.deepEqual(await storeOf().hook("a", "in"), signed);
      assert.deepEqual(await storeOf().hook("a", "open"), hookRow("a", "open"));
      assert.equal(await storeOf().hook("b", "in"), null);
      assert.equal(await storeOf().hook("a", "out"), null);
    });

    it("are not found by names that no text has", async () => {
      const store = storeOf();
      assert.equal(await store.hook("t\0", "\0"), null);
      assert.equal(await store.template("\0", null), null);
      assert.equal(await store.runByKey("a", "\0"), null);
      assert.deepEqual((await store.listTemplates({ name: "\0", limit: 5 })).rows, []);
    });

    it("are those that were said last, and no others, also within a batch", async () => {
      await say(["a", [hookRow("a", "one"), hookRow("a", "two")]], ["b", [hookRow("b", "one")]]);
      await say(["a", [hookRow("a", "two", { verify: "slack" }), hookRow("a", "three")]]);
      assert.deepEqual(await names(), ["a/three", "a/two", "b/one"]);
      assert.equal((await storeOf().hook("a", "two"))!.verify, "slack");
      await say(["a", [hookRow("a", "four")]], ["a", []]);
      assert.deepEqual(await names(), ["b/one"]);
    });

    it("are listed by template and name in pages, by template and by agent", async () => {
      await say(
        ["b", [hookRow("b", "y"), hookRow("b", "x", { agentId: "other" })]],
        ["a", [hookRow("a", "z")]],
      );
      assert.deepEqual(await names(), ["a/z", "b/x", "b/y"]);
      assert.deepEqual(await names({ templateName: "b" }), ["b/x", "b/y"]);
      assert.deepEqual(await names({ agentId: "agent" }), ["a/z", "b/y"]);
      const { next } = await storeOf().listHooks({ limit: 2 });
      assert.deepEqual(await names({ cursor: next! }), ["b/y"]);
      assert.deepEqual(await names({ templateName: "b", limit: 1, cursor: next! }), ["b/y"]);
    });
  });
}
