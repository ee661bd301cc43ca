// Which words stand for what a limit on runs is about.

/** `template`: all runs of a workflow; `agent`: those that nobody else's run has started. */
export const LIMIT_KINDS = ["template", "agent"] as const;

/** Stored by its place in the list: only ever append. */
export type LimitKind = (typeof LIMIT_KINDS)[number];
