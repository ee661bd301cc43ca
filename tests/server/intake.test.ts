// Whether the bodies of requests are counted from their first byte until they are of no more concern.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { bodyWeight } from "../../server/body-weight.ts";
import { Intake } from "../../server/intake.ts";

const KIB = 1024;
const json = (text: string) => new TextEncoder().encode(text);
const never = () => assert.fail("nothing is to be given up");

describe("bodies", () => {
  test("are refused when those under way leave no room, and small ones never", () => {
    const intake = new Intake(100 * KIB);
    const first = intake.enter(60 * KIB, never);
    assert.throws(() => intake.enter(60 * KIB, never), {
      code: "BUSY",
      details: { limit: 100 * KIB, retry_after_ms: 1_000 },
    });
    intake.enter(4 * KIB, never);
    first.leave();
    first.leave();
    assert.equal(intake.weight, 0);
    // One that is larger than all there is has the whole to itself.
    intake.enter(200 * KIB, never);
    assert.throws(() => intake.enter(5 * KIB, never), { code: "BUSY" });
  });

  test("that do not come are given up for others, the oldest first", (t) => {
    let now = 0;
    t.mock.method(performance, "now", () => now);
    const intake = new Intake(100 * KIB);
    const given: string[] = [];
    intake.enter(50 * KIB, () => given.push("first"));
    now = 500;
    intake.enter(50 * KIB, () => given.push("second"));
    now = 1_000;
    intake.enter(40 * KIB, never);
    assert.deepEqual(given, ["first"]);
    assert.throws(() => intake.enter(40 * KIB, never), { code: "BUSY" });
    assert.equal(intake.weight, 90 * KIB);
  });

  test("become values one after another where there is no room for more", async () => {
    const intake = new Intake(100 * KIB);
    const text = json(`[${"{},".repeat(2_000)}{}]`);
    const tickets = Array.from({ length: 3 }, () => intake.enter(text.length, never));
    const through: number[] = [];
    const all = tickets.map((ticket, n) => ticket.arrived(text).then(() => through.push(n)));
    await all[0];
    await Promise.resolve();
    assert.deepEqual(through, [0]);
    assert.equal(intake.weight, bodyWeight(text) + 2 * text.length);
    tickets[0]!.leave();
    await all[1];
    tickets[1]!.leave();
    await all[2];
    tickets[2]!.leave();
    assert.equal(intake.weight, 0);
  });

  test("that no memory would do for are refused", async () => {
    const intake = new Intake(100 * KIB);
    const text = json("{},".repeat(3_000));
    const ticket = intake.enter(text.length, never);
    await assert.rejects(ticket.arrived(text), {
      message: "holds more values than there is memory for",
    });
    ticket.leave();
    assert.equal(intake.weight, 0);
  });

  test("that are still worked on after a while are no longer counted", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const intake = new Intake(100 * KIB);
    const ticket = intake.enter(50 * KIB, never);
    await ticket.arrived(json("1".repeat(50 * KIB)));
    t.mock.timers.tick(60_000);
    assert.equal(intake.weight, 0);
    ticket.leave();
    assert.equal(intake.weight, 0);
  });
});

describe("a body weighs about what its value takes", () => {
  // MiB that V8 took for 4 MiB of each, measured.
  const measured: Record<string, number> = { "{},": 89, "[],": 57, "1,": 20, "[1],": 68 };
  for (const [part, mib] of Object.entries(measured)) {
    test(part, () => {
      const bytes = 4 * KIB * KIB;
      const weight = bodyWeight(json(part.repeat(bytes / part.length))) / KIB / KIB;
      assert.ok(weight >= mib && weight < 2 * mib, `${weight} MiB`);
    });
  }
});
