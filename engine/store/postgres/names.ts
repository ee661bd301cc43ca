// What statements and the program call the same: errors that are raised on purpose, and advisory locks.

/** Errors that statements raise on purpose, beside those of the database. */
export const GUARD_MISSED = "OP001";
export const NODE_FENCED = "OP002";

/** Of advisory locks, which are those of a database: the first number of all that are taken here. */
export const LOCKS = 0x0bc0de;
/** And the second. */
export const LOCK = { eventIds: 1, migration: 2, nodes: 3, moving: 9 };

/** The first number of those of limits: the second is the limit's. */
export const LIMIT_LOCKS = 0x0bc0df;
