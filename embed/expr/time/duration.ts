// What a duration is: nanoseconds, and how they are written and read.

import { quoted } from "../../../core/text.ts";
import { Fault } from "../errors.ts";

const NS: Record<string, bigint> = {
  ns: 1n,
  us: 1_000n,
  "µs": 1_000n,
  "μs": 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};
/** Characters of a text that is read as a duration. */
const LONGEST = 200;
const LARGEST = 2n ** 63n - 1n;

export class Duration {
  readonly typeName = "time.Duration";
  readonly ns: bigint;

  constructor(ns: bigint) {
    this.ns = BigInt.asIntN(64, ns);
  }

  /** What equal durations share. */
  get identity(): bigint {
    return this.ns;
  }

  /** Hours, minutes and seconds; below a second one smaller unit: 1h2m0.5s, 1.5ms. */
  toString(): string {
    const size = this.ns < 0n ? -this.ns : this.ns;
    const sign = this.ns < 0n ? "-" : "";
    if (size === 0n) return "0s";
    if (size < NS.us!) return `${sign}${size}ns`;
    if (size < NS.ms!) return `${sign}${decimal(size, NS.us!)}µs`;
    if (size < NS.s!) return `${sign}${decimal(size, NS.ms!)}ms`;
    const seconds = `${decimal(size % NS.m!, NS.s!)}s`;
    const minutes = size / NS.m!;
    if (minutes === 0n) return sign + seconds;
    if (minutes < 60n) return `${sign}${minutes}m${seconds}`;
    return `${sign}${minutes / 60n}h${minutes % 60n}m${seconds}`;
  }
}

function decimal(ns: bigint, unit: bigint): string {
  const rest = String(ns % unit).padStart(String(unit).length - 1, "0").replace(/0+$/, "");
  return rest === "" ? String(ns / unit) : `${ns / unit}.${rest}`;
}

/** Reads 1h30m, -1.5h, 300ms and their like. */
export function parseDuration(text: string): Duration {
  if (text.length > LONGEST) throw new Fault("the duration is too long a text");
  const bad = () => new Fault(`${quoted(text)} is no duration`);
  if (!/^[+-]?(?:0|(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/.test(text)) throw bad();
  let ns = 0n;
  for (const [, whole, rest = "", unit] of text.matchAll(/(\d*)\.?(\d*)(ns|us|µs|μs|ms|s|m|h)/g)) {
    const size = NS[unit!]!;
    ns += BigInt(whole || 0) * size;
    if (rest !== "") {
      ns += BigInt(rest.slice(0, 18)) * size / 10n ** BigInt(Math.min(18, rest.length));
    }
    if (ns > LARGEST + 1n) throw bad();
  }
  if (text.startsWith("-")) ns = -ns;
  if (ns > LARGEST) throw bad();
  return new Duration(ns);
}
