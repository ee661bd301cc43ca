// When a circuit breaker lets calls through, by itself, on a clock moved by hand.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { OpcodeError } from "../../../core/errors.ts";
import { Breakers, type Circuit } from "../../../engine/calls/breaker.ts";
import { ManualClock } from "../../support/mcp-clock.ts";

const host = (name: string) => ({ target: { host: name } });
const FETCH: Circuit = { agentId: "one", action: "http.get", ...host("a.example") };

function setUp() {
  const clock = new ManualClock();
  const breakers = new Breakers(clock);
  const fail = (circuit: Circuit = FETCH, times = 1) => {
    for (let n = 0; n < times; n++) breakers.enter(circuit).ended("down");
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
  fifth.ended("down");
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
    retry_after_ms: 1,
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
  probe.ended("up");
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
  probe.ended("down");
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
  breakers.enter(FETCH).ended("unknown");
  breakers.enter(FETCH).ended("unknown");
  breakers.enter(FETCH).ended("unknown");
  const probe = breakers.enter(FETCH);
  probe.ended("up");
  assert.deepEqual(probe.changes.map(({ type }) => type), [
    "circuit_breaker_half_open",
    "circuit_breaker_closed",
  ]);
});

test("what says nothing of the target counts neither way", () => {
  const { breakers, fail } = setUp();
  fail(FETCH, 4);
  for (let n = 0; n < 9; n++) breakers.enter(FETCH).ended("unknown");
  const fifth = breakers.enter(FETCH);
  fifth.ended("down");
  assert.equal(fifth.changes.length, 1);
});

test("any success resets the count", () => {
  const { breakers, fail } = setUp();
  fail(FETCH, 4);
  breakers.enter(FETCH).ended("up");
  fail(FETCH, 4);
  breakers.enter(FETCH);
});

test("agents, actions, hosts and programs have breakers of their own", () => {
  const { breakers, fail, refused } = setUp();
  const others: Circuit[] = [
    { ...FETCH, agentId: "two" },
    { ...FETCH, ...host("b.example") },
    { ...FETCH, action: "http.post" },
    { ...FETCH, target: { program: "git" } },
    { agentId: "one", action: "fs.read" },
  ];
  fail(FETCH, 5);
  refused();
  for (const other of others) breakers.enter(other).ended("up");
  refused();
});

test("while it is open only its probe counts, whatever older calls still answer", () => {
  const { clock, breakers, fail, refused } = setUp();
  const older = Array.from({ length: 3 }, () => breakers.enter(FETCH));
  fail(FETCH, 5);
  older[0]!.ended("up");
  refused();
  clock.advance(30_000);
  const probe = breakers.enter(FETCH);
  older[1]!.ended("up");
  older[2]!.ended("down");
  assert.equal(refused().details!.state, "half_open");
  assert.ok(older.every(({ changes }) => changes.length === 0));
  probe.ended("up");
  breakers.enter(FETCH);
});

test("what is said first of a call counts", () => {
  const { breakers, fail } = setUp();
  fail(FETCH, 3);
  const call = breakers.enter(FETCH);
  call.ended("down");
  call.ended("down");
  call.ended("up");
  const fifth = breakers.enter(FETCH);
  fifth.ended("down");
  assert.equal(fifth.changes[0]!.payload.consecutive_failures, 5);
});

test("a probe that takes long lets the next call try, and may still close the breaker", () => {
  for (const probes of [1, 3]) {
    const { clock, breakers, fail, refused } = setUp();
    fail(FETCH, 5);
    clock.advance(30_000);
    const slow = breakers.enter(FETCH);
    for (let n = 1; n < probes; n++) {
      clock.advance(4_999);
      assert.equal(breakers.waitMs(FETCH), 1);
      refused();
      clock.advance(1);
      assert.equal(breakers.waitMs(FETCH), 0);
      breakers.enter(FETCH);
    }
    clock.advance(3_600_000);
    slow.ended("up");
    assert.equal(slow.changes.at(-1)!.type, "circuit_breaker_closed");
    fail(FETCH, 4);
    breakers.enter(FETCH);
  }
});

test("of a probe that was overtaken only its success counts", () => {
  const { clock, breakers, fail, refused } = setUp();
  fail(FETCH, 5);
  clock.advance(30_000);
  const overtaken = breakers.enter(FETCH);
  clock.advance(5_000);
  const latest = breakers.enter(FETCH);
  overtaken.ended("down");
  assert.equal(refused().details!.state, "half_open");
  latest.ended("unknown");
  breakers.enter(FETCH).ended("down");
  assert.equal(refused().details!.cooldown_remaining, "30s");
});

test("the circuits that failed last are remembered, so many of each agent", () => {
  const { breakers, fail, refused } = setUp();
  const other = { ...FETCH, agentId: "two" };
  fail({ ...FETCH, ...host("first.example") }, 5);
  fail(FETCH, 4);
  fail(other, 5);
  for (let n = 0; n < 99; n++) fail({ ...FETCH, ...host(`${n}.example`) });
  assert.equal(breakers.sizeOf("one"), 100);
  fail(FETCH);
  refused();
  refused(other);
  breakers.enter({ ...FETCH, ...host("first.example") }).ended("up");
  for (let n = 0; n < 999; n++) fail({ ...FETCH, agentId: `other ${n}` });
  breakers.enter(other).ended("up");
  refused();
});
