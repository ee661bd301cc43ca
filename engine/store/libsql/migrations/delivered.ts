// How the run of a delivery is found, whoever the agent of the hook has been.

/** As the index has it, word for word: SQLite takes the index for nothing else. */
export const IS_DELIVERED = "substr(idempotency_key, 1, 5) = 'hook:'";

/** Never changed once released, as all statements of a migration. */
export const DELIVERED: readonly string[] = [
  `CREATE INDEX runs_by_delivery ON runs (idempotency_key, run_no) WHERE ${IS_DELIVERED}`,
];
