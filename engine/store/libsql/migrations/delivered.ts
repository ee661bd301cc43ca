// How the run of a delivery is found, whoever the agent of the hook has been.

import { IS_DELIVERED } from "../../sql/indexed.ts";

/** Never changed once released, as all statements of a migration. */
export const DELIVERED: readonly string[] = [
  `CREATE INDEX runs_by_delivery ON runs (idempotency_key, run_no) WHERE ${IS_DELIVERED}`,
];
