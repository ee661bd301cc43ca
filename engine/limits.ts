// How large things may be; each is a setting.

export interface Limits {
  /** Steps in one definition, at all depths. */
  maxSteps: number;
  /** Nesting depth; top-level steps are depth 1. */
  maxDepth: number;
  /** Bytes of a definition's JSON. */
  maxDefinition: number;
  /** Bytes of one step's output as JSON. */
  maxStepOutput: number;
  /** How deep `workflow.run` may nest. */
  maxRunDepth: number;
  /** Runs below one that nothing started, at all depths, that may be unfinished at once. */
  maxDescendants: number;
}

export const DEFAULT_LIMITS: Limits = {
  maxSteps: 10_000,
  maxDepth: 16,
  maxDefinition: 4 * 1024 * 1024,
  maxStepOutput: 16 * 1024 * 1024,
  maxRunDepth: 10,
  // As many as the largest definition has steps.
  maxDescendants: 10_000,
};
