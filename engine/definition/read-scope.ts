// What a read of a token or an expression is checked against: the steps, inputs and actions there are.

import type { JsonObject } from "../../core/json.ts";
import type { ActionForms } from "./action-form.ts";
import type { StepScope } from "./step-references.ts";
import type { WorkflowDefinition } from "./types.ts";

export interface ReadScope extends StepScope {
  definition: WorkflowDefinition;
  inputSchema?: JsonObject;
  actions?: ActionForms;
  /** False where which steps there are, or which come first, is not known: no read of one is checked. */
  isOrdered?: boolean;
  /** Inputs that its triggers give; `any` where a program makes them. */
  given?: ReadonlySet<string> | "any";
  /** Told of each read of a secret that can be one. */
  secretRead?: (name: string, path: string) => void;
}
