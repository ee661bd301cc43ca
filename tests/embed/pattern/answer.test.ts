// That a pattern is searched for at once only where that is quick, and with the same answer elsewhere.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ExpressionRequest } from "../../../core/expression.ts";
import { answerPatternAtOnce } from "../../../embed/pattern/answer.ts";
import { patternCost } from "../../../embed/pattern/cost.ts";
import { evaluateHere } from "../../../embed/worker/engines.ts";

const request = (source: string, data: string): ExpressionRequest => ({
  engine: "pattern",
  source,
  data,
  mode: "value",
});

/** Which of the two threads answers, and what. */
async function answered(source: string, text: string) {
  const asked = request(source, text);
  let where = "here";
  const answer = await answerPatternAtOnce(asked, () => {
    where = "elsewhere";
    return evaluateHere(asked);
  });
  return { where, answer };
}

test("what is quick is answered here", async () => {
  assert.deepEqual(await answered("v[0-9]+", "at v12"), { where: "here", answer: "v12" });
  assert.deepEqual(await answered("v[0-9]+$", "at v12 "), { where: "here", answer: null });
  assert.deepEqual(await answered("a{2,3}", "aaaa"), { where: "here", answer: "aaa" });
});

test("what is slow to compile or to search is answered elsewhere", async () => {
  const elsewhere = (answer: string | null) => ({ where: "elsewhere", answer });
  assert.deepEqual(await answered("(a{1,30}){1,30}", "aa"), elsewhere("aa"));
  assert.deepEqual(await answered("(?i)" + "[\\pL]".repeat(20), "x"), elsewhere(null));
  assert.deepEqual(
    await answered("(a|b)*c", "a".repeat(200_000) + "c"),
    elsewhere(
      "a".repeat(200_000) + "c",
    ),
  );
});

test("repetitions in one another multiply", () => {
  assert.equal(patternCost("abc"), 3);
  assert.equal(patternCost("a{10}"), 50);
  assert.ok(patternCost("((a{10}){10}){10}") > 10_000);
  assert.ok(patternCost("a{2,}") < 20);
});

test("what is no pattern, or too long a one, is refused by name", async () => {
  await assert.rejects(answered("a(", "x"), {
    code: "VALIDATION_ERROR",
    message: /^is not a regular expression in RE2 syntax: /,
  });
  await assert.rejects(answered("a".repeat(5_000), "x"), {
    code: "VALIDATION_ERROR",
    message: "a pattern must have at most 4096 characters",
  });
});
