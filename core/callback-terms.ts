// Which words stand for what a template lets others be told of its runs.

export const CALLBACK_EVENTS = ["completed", "failed", "cancelled", "suspended"] as const;

/** Stored by its place in the list: only ever append. */
export type CallbackEvent = (typeof CALLBACK_EVENTS)[number];
