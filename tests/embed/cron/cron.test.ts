// When cron expressions fall due, and what is told of those that are none.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CronError, parseCron } from "../../../embed/cron.ts";
import { wallTime } from "../../../embed/cron/zones.ts";
import { seeded } from "../../support/random.ts";

/** The next times as `YYYY-MM-DDTHH:MM` in UTC. */
function times(expression: string, { zone, from, count = 3 }: {
  zone?: string;
  from: string;
  count?: number;
}): string {
  const cron = parseCron(expression, zone);
  const found: string[] = [];
  for (let at: number | null = Date.parse(from); found.length < count;) {
    at = cron.next(at);
    if (at === null) break;
    found.push(new Date(at).toISOString().slice(0, 16));
  }
  return found.join(" ");
}

describe("in UTC, from 2026-02-10T12:00Z", () => {
  const from = "2026-02-10T12:00:00Z";
  for (
    const [expression, expected] of [
      ["0 * * * *", "2026-02-10T13:00 2026-02-10T14:00"],
      ["*/15 * * * *", "2026-02-10T12:15 2026-02-10T12:30"],
      ["0 0 * * *", "2026-02-11T00:00 2026-02-12T00:00"],
      ["5/15 * * * *", "2026-02-10T12:05 2026-02-10T12:20"],
      ["? 13 * * *", "2026-02-10T13:00 2026-02-10T13:01"],
      ["0 0 1 jan *", "2027-01-01T00:00 2028-01-01T00:00"],
      ["0 0 1 1-3/2 *", "2026-03-01T00:00 2027-01-01T00:00"],
      ["0 0 * * SUN", "2026-02-15T00:00 2026-02-22T00:00"],
      // Both fields of days are restricted: either may fit; a star in one of them: both must.
      ["0 0 13 * 1", "2026-02-13T00:00 2026-02-16T00:00"],
      ["0 0 */2 * 1", "2026-02-11T00:00 2026-02-13T00:00"],
      ["0 0 13 * *,1", "2026-02-13T00:00 2026-03-13T00:00"],
      ["0 0 29 2 *", "2028-02-29T00:00 2032-02-29T00:00"],
      ["TZ=Europe/Berlin 0 9 * * *", "2026-02-11T08:00 2026-02-12T08:00"],
      ["CRON_TZ=Asia/Kolkata 0 9 * * *", "2026-02-11T03:30 2026-02-12T03:30"],
    ] as const
  ) {
    test(expression, () => assert.equal(times(expression, { from, count: 2 }), expected));
  }

  test("a time that is due is not its own next one, whatever its seconds are", () => {
    const cron = parseCron("0 13 * * *");
    const due = Date.parse("2026-02-10T13:00:00Z");
    assert.equal(cron.next(due - 1), due);
    for (const ms of [0, 1, 999, 1_000]) assert.equal(cron.next(due + ms), due + 86_400_000);
  });
});

describe("where clocks change", () => {
  for (
    const [name, zone, expression, from, expected] of [
      [
        "Berlin, ahead: 02:30 does not come on that day",
        "Europe/Berlin",
        "30 2 * * *",
        "2026-03-28T00:00:00Z",
        "2026-03-28T01:30 2026-03-30T00:30 2026-03-31T00:30",
      ],
      [
        "Berlin, ahead: every hour is every hour",
        "Europe/Berlin",
        "30 * * * *",
        "2026-03-29T00:00:00Z",
        "2026-03-29T00:30 2026-03-29T01:30 2026-03-29T02:30",
      ],
      [
        "Berlin, back: 02:30 comes once",
        "Europe/Berlin",
        "30 2 * * *",
        "2026-10-24T00:00:00Z",
        "2026-10-24T00:30 2026-10-25T00:30 2026-10-26T01:30",
      ],
      [
        "Berlin, back: every hour is every hour",
        "Europe/Berlin",
        "30 * * * *",
        "2026-10-25T00:00:00Z",
        "2026-10-25T00:30 2026-10-25T01:30 2026-10-25T02:30",
      ],
      [
        "Berlin, back: so is a step through all hours",
        "Europe/Berlin",
        "30 */2 * * *",
        "2026-10-25T00:00:00Z",
        "2026-10-25T00:30 2026-10-25T01:30 2026-10-25T03:30",
      ],
      [
        "Berlin, back: hours that are named come once",
        "Europe/Berlin",
        "30 1-4 * * *",
        "2026-10-24T23:00:00Z",
        "2026-10-24T23:30 2026-10-25T00:30 2026-10-25T02:30",
      ],
      [
        "New York, ahead",
        "America/New_York",
        "30 2 * * *",
        "2026-03-07T12:00:00Z",
        "2026-03-09T06:30 2026-03-10T06:30 2026-03-11T06:30",
      ],
      [
        "New York, back",
        "America/New_York",
        "30 1 * * *",
        "2026-10-31T12:00:00Z",
        "2026-11-01T05:30 2026-11-02T06:30 2026-11-03T06:30",
      ],
      [
        "Lord Howe, half an hour ahead",
        "Australia/Lord_Howe",
        "15 2 * * *",
        "2026-10-02T20:00:00Z",
        "2026-10-04T15:15 2026-10-05T15:15 2026-10-06T15:15",
      ],
      [
        "Lord Howe, half an hour back",
        "Australia/Lord_Howe",
        "45 1 * * *",
        "2026-04-03T20:00:00Z",
        "2026-04-04T14:45 2026-04-05T15:15 2026-04-06T15:15",
      ],
      [
        "São Paulo, which changes no more",
        "America/Sao_Paulo",
        "0 0 * * *",
        "2026-10-17T12:00:00Z",
        "2026-10-18T03:00 2026-10-19T03:00 2026-10-20T03:00",
      ],
      [
        "São Paulo, ahead at midnight when it still did",
        "America/Sao_Paulo",
        "0 0 * * *",
        "2018-11-02T12:00:00Z",
        "2018-11-03T03:00 2018-11-05T02:00 2018-11-06T02:00",
      ],
    ] as const
  ) {
    test(name, () => assert.equal(times(expression, { zone, from }), expected));
  }
});

test("what comes is what fits when minutes are looked at one by one", () => {
  const random = seeded(20_261_129);
  const pick = <T>(of: readonly T[]) => of[Math.floor(random() * of.length)]!;
  const zones = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"];
  const around = ["2026-03-29", "2026-10-25", "2026-03-08", "2026-11-01", "2026-04-05"];
  const field = (least: number, most: number) => {
    const n = () => least + Math.floor(random() * (most - least + 1));
    const [a, b] = [n(), n()].sort((x, y) => x - y);
    return pick(["*", `${a}`, `${a},${b}`, `${a}-${b}`, `*/${1 + (b! % 7)}`, `${a}/5`]);
  };
  for (let i = 0; i < 60; i++) {
    const hour = field(0, 4);
    const expression = `${field(0, 59)} ${hour} * * ${pick(["*", field(0, 6)])}`;
    const zone = pick(zones);
    const cron = parseCron(expression, zone);
    const start = Date.parse(`${pick(around)}T00:00:00Z`) - 12 * 3_600_000;
    const seen = new Set<number>();
    let expected: number | null = null;
    let after = start;
    let compared = 0;
    for (let at = start + 60_000; at < start + 36 * 3_600_000 && compared < 20; at += 60_000) {
      const wall = wallTime(zone, at);
      const isSecond = seen.has(wall);
      seen.add(wall);
      if (isSecond && !hour.startsWith("*")) continue;
      if (!fits(expression, new Date(wall))) continue;
      expected = at;
      assert.equal(cron.next(after), expected, `${expression} in ${zone} after ${after}`);
      after = expected;
      compared++;
    }
  }
});

/** By the words of the dialect, for fields of the forms above. */
function fits(expression: string, wall: Date): boolean {
  const [minute, hour, , , day] = expression.split(" ");
  const has = (text: string, value: number, least: number) =>
    text.split(",").some((item) => {
      const [range, step = "1"] = item.split("/");
      const [from, to = item.includes("/") ? "99" : range] = range!.split("-");
      const low = range === "*" ? least : Number(from);
      const high = range === "*" ? 99 : Number(to);
      return value >= low && value <= high && (value - low) % Number(step) === 0;
    });
  return has(minute!, wall.getUTCMinutes(), 0) && has(hour!, wall.getUTCHours(), 0) &&
    has(day!, wall.getUTCDay(), 0);
}

describe("what is no cron expression is refused by its field and place", () => {
  for (
    const [expression, field, position, rule] of [
      ["60 * * * *", "minute", 1, /from 0 to 59/],
      ["0 24 * * *", "hour", 3, /from 0 to 23/],
      ["0 0 0 * *", "day of month", 5, /from 1 to 31/],
      ["0 0 1 13 *", "month", 7, /from 1 to 12/],
      ["0 0 * * 7", "day of week", 9, /Sunday is 0/],
      ["0 0 * * FRI#1", "day of week", 9, /FRI#1/],
      ["0 0 L * *", "day of month", 5, /not known here/],
      ["0 0 15W * *", "day of month", 7, /not known here/],
      ["5-1 * * * *", "minute", 1, /ends before it begins/],
      ["*/0 * * * *", "minute", 3, /goes nowhere/],
      ["1,,2 * * * *", "minute", 3, /empty/],
      ["0 1-x * * *", "hour", 5, /"x"/],
      ["@daily", undefined, 1, /five fields/],
      ["0 0 * *", undefined, 8, /has 4/],
      ["0 0 0 1 * *", undefined, 11, /has 6/],
      ["", undefined, 1, /has 0/],
      ["0 0 30 2 *", undefined, 1, /never comes/],
      ["TZ=Europe/Berlin", undefined, 17, /has 0/],
      ["TZ=Europe/Berlin 0 25 * * *", "hour", 20, /from 0 to 23/],
      ["TZ=Europe/Berlni 0 0 * * *", "timezone", 4, /did you mean "Europe\/Berlin"/],
      ["TZ= 0 0 * * *", "timezone", 4, /no time zone/],
      ["TZ=+02:00 0 0 * * *", "timezone", 4, /no time zone/],
    ] as const
  ) {
    test(`"${expression}"`, () => {
      assert.throws(
        () => parseCron(expression),
        (thrown) =>
          thrown instanceof CronError && thrown.field === field &&
          thrown.position === position && rule.test(thrown.message),
      );
    });
  }
});

test("a zone beside the expression is looked up as one before it is", () => {
  assert.throws(() => parseCron("0 0 * * *", "berlin"), /did you mean "Europe\/Berlin"/);
});

test("leap days are found beyond a century that has none", () => {
  const { next } = parseCron("0 0 29 2 *");
  const gaps: [string, string][] = [["1896-02-29", "1904-02-29"], ["2096-02-29", "2104-02-29"]];
  for (const [from, to] of gaps) assert.equal(next(Date.parse(from)), Date.parse(to), from);
});
