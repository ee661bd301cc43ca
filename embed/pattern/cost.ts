// What a regular expression (RE2 syntax) takes to compile and to match, guessed before it is.

/** Parts that a class of Unicode characters, or one whose case does not matter, may have. */
const CLASS_PARTS = 100;

/**
 * About how many parts the compiled expression has: its characters, times what their repetitions
 * are counted to. Compiling takes some 5 µs for each.
 */
export function patternCost(pattern: string): number {
  let times = 1;
  for (const [, least, most] of pattern.matchAll(/\{(\d{1,5})(?:,(\d{0,5}))?\}/g)) {
    times *= Math.max(1, Number(least), Number(most ?? 0));
  }
  const classes = pattern.match(/\\[pP]|\[\^|\(\?[a-zA-Z]*i|\[:/g)?.length ?? 0;
  return (pattern.length + classes * CLASS_PARTS) * Math.min(times, 1_000_000);
}
