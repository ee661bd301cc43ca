// How many messages are kept for an agent that is away, and for how long: the same in every store.

/** What an agent is told of: a message of a step, or a question that a run asks it. */
export const NOTICE_KINDS = ["message", "question"] as const;

export type NoticeKind = (typeof NOTICE_KINDS)[number];

/** For one agent: of more the oldest go, and the oldest that stays says how many. */
export const MOST_NOTICES = 100;

/** After so long they go. */
export const NOTICE_MS = 7 * 24 * 3_600_000;
