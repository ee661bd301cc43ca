// Which of two versions is the later one, by the rules of Semantic Versioning 2.0.0.

export interface Release {
  numbers: readonly [major: number, minor: number, patch: number];
  /** `["rc", "1"]` of `v1.2.0-rc.1`. */
  pre: readonly string[];
  /** Commits on top of it, as `git describe` counts them: `v1.2.0-3-g0a1b2c3`. */
  ahead: number;
}

const SEMVER = /^v?(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?$/;
const DESCRIBED = /(?:^|-)(\d+)-g[0-9a-f]+(?:-dirty)?$/;

/** What the version says; undefined for a build of a checkout without a tag, of which no order is known. */
export function releaseOf(version: string): Release | undefined {
  const match = SEMVER.exec(version);
  if (match === null) return undefined;
  const numbers = [1, 2, 3].map((at) => Number(match[at])) as [number, number, number];
  const rest = match[4] ?? "";
  const described = DESCRIBED.exec(rest);
  const pre = (described ? rest.slice(0, described.index) : rest).replace(/(?:^|-)dirty$/, "");
  if (!numbers.every(Number.isSafeInteger)) return undefined;
  return {
    numbers,
    pre: pre === "" ? [] : pre.split("."),
    ahead: described ? Number(described[1]) : 0,
  };
}

/** Negative when `one` is older than `other`, 0 for the same, positive for later. */
export function compareReleases(one: Release, other: Release): number {
  for (const at of [0, 1, 2] as const) {
    if (one.numbers[at] !== other.numbers[at]) return one.numbers[at] - other.numbers[at];
  }
  return comparePre(one.pre, other.pre) || one.ahead - other.ahead;
}

/** A release comes after what came before it. */
function comparePre(one: readonly string[], other: readonly string[]): number {
  if (one.length === 0 || other.length === 0) return other.length - one.length;
  for (let at = 0; at < Math.max(one.length, other.length); at++) {
    const [a, b] = [one[at], other[at]];
    if (a === undefined || b === undefined) return a === undefined ? -1 : 1;
    if (a === b) continue;
    const [isNumber, isOther] = [a, b].map((part) => /^\d+$/.test(part));
    if (isNumber && isOther) return Number(a) - Number(b);
    if (isNumber !== isOther) return isNumber ? -1 : 1;
    return a < b ? -1 : 1;
  }
  return 0;
}
