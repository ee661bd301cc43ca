// What the counters say of an engine at work, and which quarters of an hour a day of each zone is made of.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { wallTime } from "../../../embed/cron/zones.ts";
import { dateText, lastDays, startOfDay } from "../../../engine/verbs/days.ts";
import { openTestEngine, TestClock } from "../../support/test-engine.ts";

const HOUR = 3_600_000;
const QUARTER = HOUR / 4;

describe("days of a zone", () => {
  const iso = (at: number) => new Date(at).toISOString();
  const begins = (zone: string, time: string) => iso(startOfDay(zone, Date.parse(time)));

  test("a day begins at the first quarter of an hour of its date, however clocks were set", () => {
    const at = (zone: string, time: string, start: string) =>
      assert.equal(begins(zone, time), new Date(start).toISOString(), `${zone} ${time}`);
    at("UTC", "2026-11-29T23:59:59Z", "2026-11-29T00:00Z");
    at("UTC", "2026-11-29T00:00:00Z", "2026-11-29T00:00Z");
    at("Asia/Kathmandu", "2026-11-29T00:00Z", "2026-11-28T18:15Z");
    at("America/St_Johns", "2026-11-29T12:00Z", "2026-11-29T03:30Z");
    // Behind the change, in both directions.
    at("Europe/Berlin", "2026-03-29T20:00Z", "2026-03-28T23:00Z");
    at("Europe/Berlin", "2026-10-25T20:00Z", "2026-10-24T22:00Z");
    at("Australia/Lord_Howe", "2026-04-05T12:00Z", "2026-04-04T13:00Z");
    at("Australia/Lord_Howe", "2026-10-04T12:00Z", "2026-10-03T13:30Z");
    // Where clocks are set at midnight: a day without its first hour, one that has it twice.
    at("Africa/Cairo", "2026-04-24T12:00Z", "2026-04-23T22:00Z");
    at("America/Havana", "2026-03-08T12:00Z", "2026-03-08T05:00Z");
    at("America/Havana", "2026-11-01T12:00Z", "2026-11-01T04:00Z");
    at("Pacific/Apia", "2011-12-30T12:00Z", "2011-12-30T10:00Z");
  });

  test("days follow each other without a gap: each quarter is of one of them, of its date", () => {
    for (const zone of ["Europe/Berlin", "America/Havana", "Australia/Lord_Howe", "Africa/Cairo"]) {
      for (let month = 0; month < 12; month++) {
        const bounds = lastDays(zone, Date.UTC(2026, month, 28, 11), 30);
        assert.equal(bounds.length, 31);
        for (const [i, start] of bounds.slice(0, -1).entries()) {
          assert.equal(start % QUARTER, 0);
          const [date, end] = [dateText(zone, start), bounds[i + 1]!];
          assert.ok(end - start >= 23 * HOUR && end - start <= 25 * HOUR, `${zone} ${date}`);
          assert.equal(dateText(zone, end - 1), date);
          assert.notEqual(dateText(zone, end), date);
        }
      }
    }
  });

  test("no zone has clocks that a quarter of an hour does not divide", () => {
    const odd = Intl.supportedValuesOf("timeZone").filter((zone) =>
      [0, 6].some((month) => {
        const at = Date.UTC(2026, month, 15);
        return (wallTime(zone, at) - at) % QUARTER !== 0;
      })
    );
    assert.deepEqual(odd, []);
  });
});

describe("stats", () => {
  const none = { pending: 0, active: 0, suspended: 0, completed: 0, failed: 0, cancelled: 0 };
  const fails = [{ id: "a", action: "assert.equals", params: { expected: 1, actual: 2 } }];
  const asks = [{ id: "q", type: "reasoning", config: { prompt_context: "?", options: [] } }];
  const passes = [{ id: "a", action: "assert.equals", params: { expected: 1, actual: 1 } }];

  test("count runs as they stand, and by the minute and day what they came to", async () => {
    const clock = new TestClock();
    const { opcode, define } = await openTestEngine({ clock });
    const start = async (name: string, agent_id: string) =>
      await opcode.run({ template_name: name, agent_id, params: {} });
    await define("passes", passes);
    await define("fails", fails);
    await define("asks", asks);
    await start("passes", "a");
    const failed = await start("fails", "a");
    const asking = await start("asks", "b");
    assert.deepEqual([failed.status, asking.status], ["failed", "suspended"]);

    const stats = await opcode.stats({});
    assert.equal(stats.zone, "UTC");
    assert.deepEqual(stats.runs, { ...none, completed: 1, failed: 1, suspended: 1 });
    assert.deepEqual([stats.pending_decisions, stats.completed_today], [1, 1]);
    assert.deepEqual([stats.minutes.length, stats.days.length], [60, 30]);
    const came = { started: 3, completed: 1, failed: 1 };
    const { at, ...minute } = stats.minutes.at(-1)!;
    assert.deepEqual([minute, at], [
      came,
      new Date(clock.now() - clock.now() % 60_000).toISOString(),
    ]);
    const { date, ...day } = stats.days.at(-1)!;
    assert.deepEqual([day, date], [came, new Date(clock.now()).toISOString().slice(0, 10)]);

    const { agents } = await opcode.agents();
    const of = (id: string) => {
      const { runs, pending_decisions } = agents.find((agent) => agent.id === id)!;
      return { runs, pending_decisions };
    };
    assert.deepEqual(of("a"), { runs: { ...none, completed: 1, failed: 1 }, pending_decisions: 0 });
    assert.deepEqual(of("b"), { runs: { ...none, suspended: 1 }, pending_decisions: 1 });
    await opcode.stop();
  });

  test("a run that is revived is no failed one any more, and has failed all the same", async () => {
    const { opcode, define } = await openTestEngine();
    await define("fails", fails);
    const { workflow_id } = await opcode.run({ template_name: "fails", agent_id: "a", params: {} });
    const signal = { workflow_id, agent_id: "a", step_id: "a", payload: {} };
    await opcode.signal({ ...signal, signal_type: "retry" });
    await opcode.signal({ ...signal, signal_type: "skip" });
    const fork = { from_run: workflow_id, from_step: "a", agent_id: "a" };
    assert.equal((await opcode.run(fork)).status, "failed");
    const stats = await opcode.stats({});
    assert.deepEqual(stats.runs, { ...none, completed: 1, failed: 1 });
    const { date: _, ...day } = stats.days.at(-1)!;
    assert.deepEqual(day, { started: 2, completed: 1, failed: 3 });
    await opcode.stop();
  });

  test("what completed today is told by when it completed, in the zone that is asked for", async () => {
    const clock = new TestClock();
    const { opcode, define } = await openTestEngine({ clock });
    // Half an hour before midnight in Berlin, which is not midnight in UTC.
    const midnight = startOfDay("Europe/Berlin", clock.now() + 24 * HOUR);
    clock.advance(midnight - HOUR / 2 - clock.now());
    await define("asks", asks);
    const { workflow_id } = await opcode.run({ template_name: "asks", agent_id: "a", params: {} });
    clock.advance(HOUR);
    const decision = { signal_type: "decision" as const, step_id: "q", payload: { choice: "yes" } };
    await opcode.signal({ workflow_id, agent_id: "a", ...decision });
    const { days, completed_today } = await opcode.stats({ zone: "Europe/Berlin" });
    const told = days.slice(-2).map(({ started, completed }) => ({ started, completed }));
    assert.deepEqual(told, [{ started: 1, completed: 0 }, { started: 0, completed: 1 }]);
    assert.equal(completed_today, 1);
    await opcode.stop();
  });

  test("a zone that is none is refused, with the name that was meant", async () => {
    const { opcode } = await openTestEngine();
    await assert.rejects(opcode.stats({ zone: "Europe/Berlln" }), {
      code: "VALIDATION_ERROR",
      message: /zone: .*did you mean "Europe\/Berlin"/,
    });
    await opcode.stop();
  });
});
