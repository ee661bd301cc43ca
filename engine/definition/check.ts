// How a definition is validated with everything that can parse its parts.

import type { ActionRegistry } from "../../actions/action.ts";
import { loadCel } from "../../embed/cel.ts";
import type { Json } from "../../core/json.ts";
import { checkTemplates, stepReferences } from "../interpolate/references.ts";
import type { Limits } from "../limits.ts";
import { validateDefinition } from "./validate.ts";

/** All problems of a raw definition, as far as its first failing stage. */
export async function checkDefinition(
  raw: Json,
  options: { registry: ActionRegistry; limits: Limits },
) {
  const { registry, limits } = options;
  const cel = await loadCel();
  return validateDefinition(raw, {
    actions: {
      has: (name) => registry.get(name) !== undefined,
      names: () => registry.list().map((action) => action.name),
    },
    limits: {
      maxSteps: limits.maxSteps,
      maxDepth: limits.maxDepth,
      maxBytes: limits.maxDefinition,
    },
    checkCel(source) {
      try {
        cel.compile(source);
        return null;
      } catch (thrown) {
        return (thrown as Error).message;
      }
    },
    checkTemplate: (value) => checkTemplates(value, (source) => cel.compile(source)),
    references: stepReferences,
  });
}
