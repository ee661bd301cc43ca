// Which moment an RFC 3339 text names.

const FORM = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)(\.\d+)?)?(?:Z|([+-])(\d\d):?(\d\d))$/i;

/**
 * Epoch milliseconds; undefined when the text is no date and time with a zone, or names a day or an
 * hour that there is not: `Date.parse` takes 30 February for 2 March.
 */
export function parseMoment(text: string): number | undefined {
  const parts = FORM.exec(text);
  if (!parts) return undefined;
  const [year, month, day, hour, minute, second = 0] = parts.slice(1, 7).map((part) =>
    Number(part ?? 0)
  ) as [number, number, number, number, number, number];
  const [offsetHours, offsetMinutes] = [Number(parts[9] ?? 0), Number(parts[10] ?? 0)];
  if (hour > 23 || minute > 59 || second > 59 || offsetHours > 23 || offsetMinutes > 59) {
    return undefined;
  }
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  const local = date.getTime() + ((hour * 60 + minute) * 60 + second) * 1_000 +
    Math.trunc(Number(parts[7] ?? 0) * 1_000);
  const offset = (offsetHours * 60 + offsetMinutes) * 60_000;
  return parts[8] === "-" ? local + offset : local - offset;
}
