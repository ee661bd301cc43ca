// When calls of a failing action stop, and how they begin again.

import assert from "node:assert/strict";
import { test } from "node:test";
import { OpcodeError } from "../../../core/errors.ts";
import type { JsonObject } from "../../../core/json.ts";
import { Breakers } from "../../../engine/run/breaker.ts";
import {
  eventsOf,
  openTestEngine,
  pass,
  payloadsOf,
  settle,
  TestClock,
  type TestEngine,
} from "../../support/test-engine.ts";

const failed = (code: "EXECUTION_ERROR" | "VALIDATION_ERROR" | "CANCELLED") => ({
  ok: false as const,
  error: { code, message: "no" },
  forced: false,
});

function fail(breakers: Breakers, action: string, params: JsonObject = {}) {
  const call = breakers.enter(action, params);
  call.end(failed("EXECUTION_ERROR"));
  return call.events.map(({ type }) => type);
}

const isOpen = (error: OpcodeError) => error.code === "CIRCUIT_OPEN";

test("five failures in a row open a circuit, and a success in between starts the count anew", () => {
  const breakers = new Breakers(new TestClock());
  for (let i = 0; i < 4; i++) assert.deepEqual(fail(breakers, "a"), []);
  breakers.enter("a", {}).end({ ok: true, output: null });
  for (let i = 0; i < 4; i++) assert.deepEqual(fail(breakers, "a"), []);
  assert.deepEqual(fail(breakers, "a"), ["circuit_breaker_open"]);
  assert.throws(() => breakers.enter("a", {}), isOpen);
  breakers.enter("b", {}).abort();
});

test("only errors that trying again may change count, and no aborts", () => {
  const breakers = new Breakers(new TestClock());
  for (let i = 0; i < 10; i++) {
    breakers.enter("a", {}).end(failed("VALIDATION_ERROR"));
    breakers.enter("a", {}).end(failed("CANCELLED"));
    breakers.enter("a", {}).abort();
  }
  breakers.enter("a", {}).abort();
});

test("each host has a circuit of its own", () => {
  const breakers = new Breakers(new TestClock());
  const at = (host: string) => ({ url: `https://${host}/x` });
  for (let i = 0; i < 5; i++) fail(breakers, "http.get", at("down.example"));
  assert.throws(() => breakers.enter("http.get", at("down.example")), isOpen);
  breakers.enter("http.get", at("up.example")).abort();
  breakers.enter("http.post", at("down.example")).abort();
});

test("after the cooldown one call probes, and its end decides", () => {
  const clock = new TestClock();
  const breakers = new Breakers(clock);
  for (let i = 0; i < 5; i++) fail(breakers, "a");
  clock.advance(30_000);
  const probe = breakers.enter("a", {});
  assert.throws(() => breakers.enter("a", {}), isOpen);
  // A probe that was given up makes way for another one.
  probe.abort();
  assert.deepEqual(fail(breakers, "a"), ["circuit_breaker_half_open", "circuit_breaker_open"]);
  assert.throws(() => breakers.enter("a", {}), isOpen);
  clock.advance(30_000);
  const second = breakers.enter("a", {});
  second.end({ ok: true, output: null });
  assert.deepEqual(second.events.map(({ type }) => type), [
    "circuit_breaker_half_open",
    "circuit_breaker_closed",
  ]);
  assert.deepEqual(fail(breakers, "a"), []);
});

async function failOnce(engine: TestEngine): Promise<string> {
  const run = engine.run([{ id: "x", action: "test.external", retry: { max: 3 } }]);
  for (let n = 0; n < 4; n++) {
    await settle();
    if (engine.open.length === 0) break;
    engine.open[0]!.reject(new OpcodeError("EXECUTION_ERROR", "down"));
  }
  return (await run).workflow_id;
}

test("an open circuit fails its step without a call or a retry, and the log tells", async () => {
  const engine = await openTestEngine();
  await failOnce(engine);
  assert.equal(engine.calls.length, 4);
  const newest = await failOnce(engine);
  assert.equal(engine.calls.length, 5);
  const events = await eventsOf(engine, newest);
  assert.equal(events.filter((event) => event === "circuit_breaker_open x").length, 1);
  const [opened] = await payloadsOf(engine, newest, "circuit_breaker_open");
  assert.deepEqual(opened, {
    action: "test.external",
    state: "open",
    consecutive_failures: 5,
    failure_threshold: 5,
    cooldown: "30s",
  });
  const { steps } = await engine.opcode.status(newest);
  assert.equal(steps.x!.error!.code, "CIRCUIT_OPEN");
  await pass(engine, 30_000);
  const again = engine.run([{ id: "x", action: "test.external" }]);
  (await engine.called("x")).resolve(1);
  const { status, workflow_id } = await again;
  assert.equal(status, "completed");
  const circuit = (await eventsOf(engine, workflow_id)).filter((event) => /circuit/.test(event));
  assert.deepEqual(circuit, ["circuit_breaker_half_open x", "circuit_breaker_closed x"]);
});
