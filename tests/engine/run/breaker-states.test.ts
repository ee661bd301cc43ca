// When a circuit breaker lets calls through, by itself, on a clock moved by hand.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ErrorCode, ErrorObject, OpcodeError } from "../../../core/errors.ts";
import { Breakers, type Circuit } from "../../../engine/run/breaker.ts";
import { ManualClock } from "../../support/mcp-clock.ts";

const error = (code: ErrorCode, details = {}): ErrorObject => ({ code, message: "", details });

const FETCH: Circuit = { action: "http.get", host: "a.example" };

function setUp() {
  const clock = new ManualClock();
  const breakers = new Breakers(clock);
  const fail = (circuit: Circuit = FETCH, times = 1, code: ErrorCode = "EXECUTION_ERROR") => {
    for (let n = 0; n < times; n++) breakers.enter(circuit).failed(error(code));
  };
  const refused = (circuit: Circuit = FETCH): OpcodeError => {
    let thrown: unknown;
    try {
      breakers.enter(circuit);
    } catch (caught) {
      thrown = caught;
    }
    assert.equal((thrown as OpcodeError | undefined)?.code, "CIRCUIT_OPEN");
    return thrown as OpcodeError;
  };
  return { clock, breakers, fail, refused };
}

test("the fifth failure in a row opens it for 30 seconds, and it says so", () => {
  const { clock, breakers, fail, refused } = setUp();
  fail(FETCH, 4);
  const fifth = breakers.enter(FETCH);
  fifth.failed(error("TIMEOUT_ERROR"));
  assert.deepEqual(fifth.changes, [{
    type: "circuit_breaker_open",
    payload: {
      action: "http.get",
      host: "a.example",
      state: "open",
      consecutive_failures: 5,
      failure_threshold: 5,
      cooldown: "30s",
    },
  }]);
  clock.advance(29_999);
  const { message, details } = refused();
  assert.match(message, /http\.get to a\.example has failed 5 times in a row/);
  assert.deepEqual(details, {
    action: "http.get",
    host: "a.example",
    consecutive_failures: 5,
    state: "open",
    cooldown_remaining: "1ms",
  });
});

test("after the cooldown one call is let through; its success closes the breaker", () => {
  const { clock, breakers, fail, refused } = setUp();
  fail(FETCH, 5);
  clock.advance(30_000);
  const probe = breakers.enter(FETCH);
  const { details } = refused();
  assert.equal(details!.state, "half_open");
  assert.equal(details!.cooldown_remaining, "0s");
  probe.succeeded();
  assert.deepEqual(
    probe.changes.map(({ type, payload }) => [type, payload.state, payload.consecutive_failures]),
    [["circuit_breaker_half_open", "half_open", 5], ["circuit_breaker_closed", "closed", 0]],
  );
  fail(FETCH, 4);
  breakers.enter(FETCH);
});

test("a failed probe opens it for another cooldown", () => {
  const { clock, breakers, fail, refused } = setUp();
  fail(FETCH, 5);
  clock.advance(30_000);
  const probe = breakers.enter(FETCH);
  clock.advance(7_000);
  probe.failed(error("EXECUTION_ERROR"));
  assert.deepEqual(
    probe.changes.map(({ type, payload }) => [type, payload.consecutive_failures]),
    [["circuit_breaker_half_open", 5], ["circuit_breaker_open", 6]],
  );
  assert.equal(refused().details!.cooldown_remaining, "30s");
});

test("a probe that tells nothing leaves its place to the next call", () => {
  const { clock, breakers, fail } = setUp();
  fail(FETCH, 5);
  clock.advance(30_000);
  breakers.enter(FETCH).abandoned();
  breakers.enter(FETCH).failed(error("CANCELLED"));
  breakers.enter(FETCH).failed(error("VALIDATION_ERROR"));
  const probe = breakers.enter(FETCH);
  probe.succeeded();
  assert.deepEqual(probe.changes.map(({ type }) => type), [
    "circuit_breaker_half_open",
    "circuit_breaker_closed",
  ]);
});

test("only failures that a retry might help count, and no abort", () => {
  const { breakers, fail } = setUp();
  fail(FETCH, 4);
  for (const code of ["VALIDATION_ERROR", "ASSERTION_FAILED", "NON_RETRYABLE"] as const) {
    fail(FETCH, 5, code);
  }
  fail(FETCH, 5, "CANCELLED");
  breakers.enter(FETCH).failed(error("EXECUTION_ERROR", { retryable: false }));
  breakers.enter(FETCH).abandoned();
  const fifth = breakers.enter(FETCH);
  fifth.failed(error("EXECUTION_ERROR"));
  assert.equal(fifth.changes.length, 1);
});

test("any success resets the count", () => {
  const { breakers, fail } = setUp();
  fail(FETCH, 4);
  breakers.enter(FETCH).succeeded();
  fail(FETCH, 4);
  breakers.enter(FETCH);
});

test("actions and hosts have breakers of their own", () => {
  const { breakers, fail, refused } = setUp();
  const others: Circuit[] = [
    { action: "http.get", host: "b.example" },
    { action: "http.post", host: "a.example" },
    { action: "shell.exec" },
  ];
  fail(FETCH, 5);
  refused();
  for (const other of others) breakers.enter(other).succeeded();
  refused();
});

test("while it is open only its probe counts, whatever older calls still answer", () => {
  const { clock, breakers, fail, refused } = setUp();
  const older = Array.from({ length: 3 }, () => breakers.enter(FETCH));
  fail(FETCH, 5);
  older[0]!.succeeded();
  refused();
  clock.advance(30_000);
  const probe = breakers.enter(FETCH);
  older[1]!.succeeded();
  older[2]!.failed(error("EXECUTION_ERROR"));
  assert.equal(refused().details!.state, "half_open");
  assert.ok(older.every(({ changes }) => changes.length === 0));
  probe.succeeded();
  breakers.enter(FETCH);
});

test("what is said first of a call counts", () => {
  const { breakers, fail } = setUp();
  fail(FETCH, 3);
  const call = breakers.enter(FETCH);
  call.failed(error("TIMEOUT_ERROR"));
  call.failed(error("EXECUTION_ERROR"));
  call.succeeded();
  const fifth = breakers.enter(FETCH);
  fifth.failed(error("EXECUTION_ERROR"));
  assert.equal(fifth.changes[0]!.payload.consecutive_failures, 5);
});

test("no more than a thousand circuits are remembered, those that failed last", () => {
  const { breakers, fail, refused } = setUp();
  fail({ action: "http.get", host: "first.example" }, 5);
  fail(FETCH, 4);
  for (let n = 0; n < 999; n++) fail({ action: "http.get", host: `${n}.example` });
  assert.equal(breakers.size, 1_000);
  fail(FETCH);
  refused();
  breakers.enter({ action: "http.get", host: "first.example" }).succeeded();
});
