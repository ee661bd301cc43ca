// That dates, durations and time zones are what Go makes of them.

import { answers, refuses } from "./cases.ts";

answers("dates are read in the usual layouts and by Go's layouts", [
  ["date('2024-02-29')", "2024-02-29T00:00:00Z"],
  ["date('2024-05-07 23:01:02')", "2024-05-07T23:01:02Z"],
  ["date('2024-05-07T23:01:02.125+02:00')", "2024-05-07T23:01:02.125+02:00"],
  ["date('Mon, 02 Jan 2006 15:04:05 UTC')", "2006-01-02T15:04:05Z"],
  ["date('15:04:05').Hour()", 15],
  ["date('7/4/24 3:05 PM', '1/2/06 3:04 PM')", "2024-07-04T15:05:00Z"],
  ["date('2024 060', '2006 002')", "2024-02-29T00:00:00Z"],
  ["date('03.05.2024  9h', '02.01.2006 15h')", "2024-05-03T09:00:00Z"],
  ["date('2023-08-14 10:00', '2006-01-02 15:04', 'Europe/Zurich')", "2023-08-14T10:00:00+02:00"],
  ["date(timezone('America/New_York'), '2023-01-14')", "2023-01-14T00:00:00-05:00"],
  ["date('2023-03-26 02:30', '2006-01-02 15:04', 'Europe/Zurich')", "2023-03-26T03:30:00+02:00"],
]);

answers("dates are written by Go's layouts", [
  [
    "date('2024-01-02T03:04:05.678Z').Format('Monday 2 Jan 06, 3:04:05.00pm MST -0700')",
    "Tuesday 2 Jan 24, 3:04:05.67am UTC +0000",
  ],
  ["date('2024-01-02').In(timezone('Asia/Kolkata')).Format('15:04 Z07:00')", "05:30 +05:30"],
  ["string(date('2023-08-14 00:00:00'))", "2023-08-14 00:00:00 +0000 UTC"],
  ["date('2024-12-31').Format('002 __2 _2')", "366 366 31"],
]);

answers("methods of dates", [
  [
    "let d = date('2023-08-14T10:11:12.5Z'); [d.Year(), d.Month(), d.Day(), d.Hour(), d.Minute(), d.Second(), d.Nanosecond()]",
    [2023, 8, 14, 10, 11, 12, 500_000_000],
  ],
  ["string(date('2023-08-14').Month()) + string(date('2023-08-14').Weekday())", "AugustMonday"],
  ["date('2023-08-14').Month() == 8 and date('2023-02-01').YearDay() == 32", true],
  ["date('1970-01-02').Unix() + date('1970-01-01T00:00:01Z').UnixMilli()", 87_400],
  ["date('2024-01-31').AddDate(0, 1, 0)", "2024-03-02T00:00:00Z"],
  ["date('2024-01-01').Add(duration('36h')).Sub(date('2024-01-01')).Hours()", 36],
  [
    "date('2024-01-01').Before(date('2024-01-02')) and date('2024-01-02').After(date('2024-01-01'))",
    true,
  ],
  ["date('2024-01-01T11:59:00Z').Truncate(duration('1h'))", "2024-01-01T11:00:00Z"],
  ["now()", "2026-05-17T12:00:00Z"],
  ["now(timezone('Asia/Tokyo')).Hour()", 21],
  ["now() - now() == duration('0s')", true],
]);

answers("durations", [
  ["duration('1h30m')", 5_400_000_000_000],
  ["string(duration('1h') - duration('1m'))", "59m0s"],
  ["map(['1.5ms', '-90s', '2us', '0'], string(duration(#)))", ["1.5ms", "-1m30s", "2µs", "0s"]],
  ["2 * duration('1h') == duration('2h')", true],
  ["duration('1s') * .5", 500_000_000],
  ["[duration('90m').Hours(), duration('90s').Minutes(), duration('1s').Seconds()]", [1.5, 1.5, 1]],
  ["date('2024-03-01') - date('2024-02-28') == duration('48h')", true],
  ["date('2024-01-01') + duration('1h') > date('2024-01-01') - duration('1h')", true],
  ["timezone('UTC').String()", "UTC"],
]);

refuses("what is no date, duration or zone", "EXECUTION_ERROR", [
  ["date('nope')", /no date/],
  ["date('2024-02-30')", /no date/],
  ["date('2024-13-01', '2006-01-02')", /no date like/],
  ["duration('1 day')", /no duration/],
  ["timezone('Mars/Olympus')", /no time zone/],
  ["now().Nope()", /no method Nope/],
  ["[now()][0].Year", /cannot read "Year"/],
  ["now().Add(1)", /Add takes a duration/],
  ["[now()][0] + now()", /does not go with time.Time and time.Time/],
]);
