// The workflows that the benchmarks run.

import type { JsonObject } from "../../core/json.ts";

function chain(count: number, step: (i: number) => JsonObject): JsonObject {
  return {
    steps: Array.from({ length: count }, (_, i) => ({
      ...step(i),
      id: `s${i}`,
      ...(i > 0 && { depends_on: [`s${i - 1}`] }),
    })),
  };
}

/** Ten steps in sequence without external effects. */
export const pure = chain(10, () => ({ action: "crypto.uuid" }));

/** Ten expressions in sequence, each of which reads the one before. */
export const computed = chain(10, (i) => ({
  action: "expr.eval",
  params: { expression: i === 0 ? "1" : `steps.s${i - 1}.result + 1` },
}));

/** Ten steps in sequence, each behind the commit barrier. */
export const external = chain(10, () => ({ action: "fs.stat", params: { path: "/" } }));

/** Steps that do not depend on each other. */
export function wide(count: number): JsonObject {
  return {
    steps: Array.from({ length: count }, (_, i) => ({ id: `s${i}`, action: "crypto.uuid" })),
  };
}
