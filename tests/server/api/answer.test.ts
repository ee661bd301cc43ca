// How an answer is sent: a small one at once, a large one a piece in each turn.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Hono } from "hono";
import { answer } from "../../../server/api/answer.ts";

const parts = Object.fromEntries(
  Array.from({ length: 8 }, (_, i) => [`s${i}`, "x".repeat(900_000)]),
);

/** What is answered, and the turns that were taken for it. */
async function answered(value: object): Promise<{ response: Response; turns: { n: number } }> {
  const turns = { n: 0 };
  const turn = () => {
    turns.n++;
    return Promise.resolve();
  };
  const options = { status: 202 as const, headers: { location: "/there" }, turn };
  const app = new Hono().get("/", (c) => answer(c, value, options));
  return { response: await app.request("/"), turns };
}

for (const [size, value] of [["small", { a: 1 }], ["large", { id: "r", output: parts }]] as const) {
  test(`a ${size} answer has the value, its status and its headers`, async () => {
    const { response } = await answered(value);
    assert.equal(response.status, 202);
    assert.equal(response.headers.get("location"), "/there");
    assert.match(response.headers.get("content-type")!, /^application\/json/);
    assert.deepEqual(await response.json(), value);
  });
}

test("a large answer is made a piece in each turn, and no faster than it is read", async () => {
  const { response, turns } = await answered({ output: parts });
  assert.equal(turns.n, 0);
  const reader = response.body!.getReader();
  let read = 0;
  for (let piece = 1; !(await reader.read()).done; piece++) {
    read++;
    assert.equal(turns.n, piece);
  }
  assert.ok(read >= 8, `${read} pieces`);
});

test("nothing more is made for who has gone", async () => {
  const { response, turns } = await answered({ output: parts });
  const reader = response.body!.getReader();
  await reader.read();
  await reader.cancel();
  assert.equal(turns.n, 1);
});

test("a small answer takes no turn", async () => {
  const { turns } = await answered({ a: 1 });
  assert.equal(turns.n, 0);
});
