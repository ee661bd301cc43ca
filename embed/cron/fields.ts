// What a cron expression says, field by field, or where it breaks.

/** That a text is no cron expression; the message completes "cron: …". */
export class CronError extends Error {
  /** The field that breaks; undefined when it is none of them. */
  readonly field: string | undefined;
  /** Where it breaks, in characters of the expression from 1. */
  readonly position: number;

  constructor(rule: string, at: { field?: string; position: number }) {
    super(rule);
    this.field = at.field;
    this.position = at.position;
  }
}

interface FieldRule {
  name: string;
  least: number;
  most: number;
  /** Names of the values from `least` on. */
  names?: readonly string[];
}

const FIELDS: readonly FieldRule[] = [
  { name: "minute", least: 0, most: 59 },
  { name: "hour", least: 0, most: 23 },
  { name: "day of month", least: 1, most: 31 },
  {
    name: "month",
    least: 1,
    most: 12,
    names: ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"],
  },
  {
    name: "day of week",
    least: 0,
    most: 6,
    names: ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"],
  },
];

export interface CronField {
  /** Whether it has a `*` or `?` without a step: it leaves the day to the other field of days. */
  readonly any: boolean;
  /** Whether it follows the hours of the clock, however often one of them comes: `*` or `*` with a step. */
  readonly everyHour: boolean;
  /** Ascending. */
  readonly values: readonly number[];
}

/** Minute, hour, day of month, month, day of week; throws CronError. */
export function parseFields(text: string): CronField[] {
  const fields = [...text.matchAll(/\S+/g)];
  if (text.startsWith("@")) {
    throw new CronError(`"${fields[0]![0]}" is not known here; write the five fields`, {
      position: 1,
    });
  }
  if (fields.length !== FIELDS.length) {
    const sixth = fields.length > FIELDS.length ? fields[FIELDS.length]!.index : text.length;
    throw new CronError(
      `must have five fields (minute, hour, day of month, month, day of week), has ${fields.length}`,
      { position: sixth + 1 },
    );
  }
  return fields.map(({ 0: field, index }, i) => parseField(field, FIELDS[i]!, index + 1));
}

function parseField(text: string, rule: FieldRule, at: number): CronField {
  const values = new Set<number>();
  let any = false;
  let everyHour = false;
  let position = at;
  for (const item of text.split(",")) {
    const { least, most, step, star } = parseItem(item, rule, position);
    any ||= star && step === 1;
    everyHour ||= star;
    for (let value = least; value <= most; value += step) values.add(value);
    position += item.length + 1;
  }
  return { any, everyHour, values: [...values].sort((a, b) => a - b) };
}

const ITEM = /^(?:([*?])|([^/-]+)(?:(-)([^/]*))?)(?:(\/)(.*))?$/;

/** `*`, `?`, `n`, `a-b`, each with `/step` or not; `n/step` goes on to the end. */
function parseItem(item: string, rule: FieldRule, position: number) {
  const breaks = (what: string, offset = 0) =>
    new CronError(`${rule.name} ${what}`, { field: rule.name, position: position + offset });
  if (item === "") throw breaks("has an empty item");
  const special = item.search(/[#LW]/);
  if (special >= 0 && !/^[A-Z]{3}/i.test(item.replace(/^\d+/, ""))) {
    throw breaks(`"${item}": L, W and # are not known here`, special);
  }
  const match = ITEM.exec(item);
  if (!match) throw breaks(`"${item}" is no number, range or step`);
  const [, star, from, dash, to, slash, by] = match;
  let step = 1;
  if (slash) {
    const offset = item.indexOf("/") + 1;
    if (!/^\d+$/.test(by!)) throw breaks(`"${item}": a step is a number`, offset);
    step = Number(by);
    if (step === 0) throw breaks(`"${item}": a step of 0 goes nowhere`, offset);
  }
  if (star) return { least: rule.least, most: rule.most, step, star: true };
  const least = valueOf(from!, rule, (what) => breaks(what));
  if (dash) {
    const offset = item.indexOf("-") + 1;
    const most = valueOf(to!, rule, (what) => breaks(what, offset));
    if (most < least) throw breaks(`"${item}" ends before it begins`);
    return { least, most, step, star: false };
  }
  return { least, most: slash ? rule.most : least, step, star: false };
}

function valueOf(
  text: string,
  { least, most, names = [] }: FieldRule,
  breaks: (what: string) => CronError,
): number {
  const named = names.indexOf(text.toUpperCase());
  if (named >= 0) return least + named;
  if (!/^\d+$/.test(text)) {
    const known = names.length > 0 ? ` or one of ${names.join(", ")}` : "";
    throw breaks(`"${text}" is no number from ${least} to ${most}${known}`);
  }
  const value = Number(text);
  if (value < least || value > most) {
    const sunday = names[0] === "SUN" && value === 7 ? "; Sunday is 0" : "";
    throw breaks(`"${text}" must be from ${least} to ${most}${sunday}`);
  }
  return value;
}
