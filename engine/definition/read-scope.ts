// What a read of a token or an expression is checked against: the steps, inputs and actions there are.

import type { JsonObject } from "../../core/json.ts";
import type { GivenInputs } from "./given-inputs.ts";
import type { ActionForms } from "./action-form.ts";
import type { StepScope } from "./step-references.ts";
import type { WorkflowDefinition } from "./types.ts";

export interface ReadScope extends StepScope {
  definition: WorkflowDefinition;
  inputSchema?: JsonObject;
  actions?: ActionForms;
  /** False where which steps there are, or which come first, is not known: no read of one is checked. */
  isOrdered?: boolean;
  /** What has been told that is told once, however often it is read. */
  toldReads?: Set<string>;
  /** Told of each read of an input that nothing declares. */
  undeclared?: (name: string, path: string) => void;
  /** What its triggers give. */
  given?: GivenInputs;
  /** Why there are no links by which decisions are answered, which completes "base_url: …". */
  linksRefused?: string;
  /** Told of each read of a secret that can be one. */
  secretRead?: (name: string, path: string) => void;
}

/** Warnings of such kinds in one report: each is worded by itself, and nobody reads more. */
const MOST_TOLD = 200;

/** Whether this is to be told: once, and not where much has been. */
export function tellsOnce({ toldReads: told }: ReadScope, what: string): boolean {
  if (!told) return true;
  if (told.has(what) || told.size >= MOST_TOLD) return false;
  told.add(what);
  return true;
}
