// By which ways answers to decisions come.

/**
 * `mcp`: a tool call. `cli`, `panel`: what the command line and the panel say of themselves, which any
 * other client of the API may say as well. `rest`: any other caller of the API. `link`: who opened the
 * link of that very decision.
 */
export const WAYS = ["mcp", "cli", "panel", "rest", "link"] as const;

export type Via = (typeof WAYS)[number];
