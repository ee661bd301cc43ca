// What a `${{…}}` token can see: the scope of CEL expressions, and the vault.

import type { CelScope } from "../../embed/cel/scope.ts";

export type { LoopView, StepView } from "../../embed/cel/scope.ts";

/** One object serves both tokens and guards: what both resolve must never differ. */
export interface Scope extends CelScope {
  /** The value of a secret; throws as `Secrets.resolve` does. */
  secret(name: string): string;
  /** Of a question: the link that answers it; throws where there are none. Undefined elsewhere. */
  readonly link?: (() => string) | undefined;
  /** Bytes of heap that the values put in may take; what is thrown when they take more. */
  readonly room?: { bytes: number; refusal(bytes: number): Error } | undefined;
}
