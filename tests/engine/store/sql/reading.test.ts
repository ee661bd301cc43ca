// Whether a read is given what it asks for, and hears of what went wrong where it asked.

import assert from "node:assert/strict";
import { it } from "node:test";
import { type Query, type Reading, runNow } from "../../../../engine/store/sql/reading.ts";

const query = (sql: string): Query => ({ sql, values: [] });

it("hands the rows of each query to where it was asked, and comes to what the read returns", () => {
  function* inner(n: number): Reading<number> {
    const [row] = yield query(`inner ${n}`);
    return row!.n + n;
  }
  function* outer(): Reading<number[]> {
    const [row] = yield query("outer");
    return [row!.n, yield* inner(10), yield* inner(20)];
  }
  const asked: string[] = [];
  const result = runNow(outer(), ({ sql }) => [{ n: asked.push(sql) }]);
  assert.deepEqual(result, [1, 12, 23]);
  assert.deepEqual(asked, ["outer", "inner 10", "inner 20"]);
});

it("throws what goes wrong with a query where it was asked", () => {
  const heard: string[] = [];
  function* read(): Reading<string> {
    try {
      yield query("first");
      return "not reached";
    } catch (error) {
      heard.push((error as Error).message);
      // It may go on with another.
      const [row] = yield query("second");
      return row!.text;
    } finally {
      heard.push("over");
    }
  }
  const answer = runNow(read(), ({ sql }) => {
    if (sql === "first") throw new Error("no");
    return [{ text: sql }];
  });
  assert.equal(answer, "second");
  assert.deepEqual(heard, ["no", "over"]);
  const failing = () => {
    throw new Error("never");
  };
  assert.throws(() => runNow(read(), failing), /never/);
  assert.deepEqual(heard.slice(2), ["never", "over"]);
});
