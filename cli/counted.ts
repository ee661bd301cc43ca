// How a number of things is written.

/** `1 run`, `2 runs`. */
export function counted(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? "" : "s"}`;
}
