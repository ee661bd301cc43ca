// Whether the bodies of requests are counted from their first byte until they are of no more concern.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { bodyWeight } from "../../server/body-weight.ts";
import { Intake } from "../../server/intake.ts";

const KIB = 1024;
const turn = () => new Promise((resolve) => setImmediate(resolve));
const json = (text: string) => new TextEncoder().encode(text);
const never = {
  received: () => 0,
  giveUp: () => assert.fail("nothing is to be given up"),
};

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

  test("that hardly come are given up once their room is needed, and no other", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const intake = new Intake(100 * KIB);
    const given: string[] = [];
    const come = { idle: 0, dribbles: 0, comes: 0 };
    for (const name of ["idle", "dribbles", "comes"] as const) {
      intake.enter(30 * KIB, { received: () => come[name], giveUp: () => given.push(name) });
    }
    t.mock.timers.tick(60_000);
    assert.deepEqual(given, [], "nobody needs it");
    const entering = () => intake.enter(40 * KIB, never);
    assert.throws(entering, { code: "BUSY" });
    Object.assign(come, { dribbles: 900, comes: 16 * KIB });
    t.mock.timers.tick(999);
    assert.throws(entering, { code: "BUSY" });
    assert.deepEqual(given, []);
    t.mock.timers.tick(1);
    await turn();
    assert.deepEqual(given, ["idle", "dribbles"]);
    entering();
    assert.equal(intake.weight, 70 * KIB);
  });

  test("that came whole meanwhile, or are answered, are left alone", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const intake = new Intake(100 * KIB);
    const text = json("1".repeat(40 * KIB));
    const arriving = intake.enter(40 * KIB, never);
    const answered = intake.enter(40 * KIB, never);
    assert.throws(() => intake.enter(40 * KIB, never), { code: "BUSY" });
    await arriving.arrived(text);
    answered.leave();
    t.mock.timers.tick(1_000);
    await turn();
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
