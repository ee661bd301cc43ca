// How the engine reaches CEL: loaded on first use, because the library takes longer to load than
// a daemon may take to start.

import type { Cel } from "./cel/engine.ts";

export type { Cel, CelProgram } from "./cel/engine.ts";
export type { CelScope, LoopView, StepView } from "./cel/scope.ts";

let loading: Promise<Cel> | undefined;

/** The one CEL engine of this process; later calls share the first one's import. */
export function loadCel(): Promise<Cel> {
  loading ??= import("./cel/engine.ts").then(({ createCel }) => createCel());
  return loading;
}
