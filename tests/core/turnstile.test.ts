// How heavy work takes turns with everything else.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Turnstile } from "../../core/turnstile.ts";

test("one piece a turn, in the order of coming, with others in between", async () => {
  const turnstile = new Turnstile();
  const log: string[] = [];
  const heavy = ["a", "b", "c"].map((name) => turnstile.pass().then(() => log.push(name)));
  let quick = 0;
  const tick = () => {
    log.push(`quick ${++quick}`);
    if (quick < 3) setImmediate(tick);
  };
  setImmediate(tick);
  await Promise.all(heavy);
  assert.deepEqual(log.filter((entry) => !entry.startsWith("quick")), ["a", "b", "c"]);
  assert.ok(log.indexOf("quick 1") < log.indexOf("b"), log.join());
  assert.ok(log.indexOf("quick 2") < log.indexOf("c"), log.join());
});

test("it turns again after everybody has passed", async () => {
  const turnstile = new Turnstile();
  await turnstile.pass();
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
  await turnstile.pass();
});
