// How tight the operators bind: the higher, the tighter.

/** Operators that may follow one another: `1 < x < 5`. */
export const COMPARISONS = new Set(["<", ">", "<=", ">="]);
/** Operators that may have a `not` before them. */
export const NEGATABLE = new Set(["in", "matches", "contains", "startsWith", "endsWith"]);
export const UNARY: Record<string, number> = { not: 50, "!": 50, "-": 90, "+": 90 };
export const BINARY: Record<string, number> = {
  "|": 0,
  "or": 10,
  "||": 10,
  "and": 15,
  "&&": 15,
  "==": 20,
  "!=": 20,
  "<": 20,
  ">": 20,
  "<=": 20,
  ">=": 20,
  "in": 20,
  "matches": 20,
  "contains": 20,
  "startsWith": 20,
  "endsWith": 20,
  "..": 25,
  "+": 30,
  "-": 30,
  "*": 60,
  "/": 60,
  "%": 60,
  "**": 100,
  "^": 100,
  "??": 500,
};

/** Undefined for what is no operator of the table. */
export function strengthOf(table: Record<string, number>, operator: string): number | undefined {
  return Object.hasOwn(table, operator) ? table[operator] : undefined;
}
