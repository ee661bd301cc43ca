// How many runs count to a limit, in SQL that every store understands.

import { LIMIT_KINDS, type LimitKind } from "../../../core/limit-terms.ts";
import { RUN_STATUSES } from "../../../core/status.ts";
import type { Dialect } from "./dialect.ts";

/** The status codes of runs that have begun and not ended. */
const BEGUN = `(${["active", "suspended"].map((status) => RUN_STATUSES.indexOf(status as never))})`;

/** A query for the number, in parentheses; `name`: what stands for the template, or the agent. */
export function begunRuns(dialect: Dialect, kind: LimitKind, name: string): string {
  const counted = kind === "template"
    ? `r.template_name = ${name}
        AND (r.marks IS NULL OR NOT (${dialect.hasMember("r.marks", "within")}))`
    : `r.agent_id = ${name} AND r.parent_run_no IS NULL`;
  return `(SELECT count(*) FROM runs AS r WHERE r.status IN ${BEGUN} AND ${counted})`;
}

/** The same for a limit of either kind; `kind`: what stands for the code of it. */
export function begunOf(dialect: Dialect, { kind, name }: { kind: string; name: string }): string {
  const cases = LIMIT_KINDS.map((each, code) =>
    `WHEN ${code} THEN ${begunRuns(dialect, each, name)}`
  );
  return `CASE ${kind} ${cases.join(" ")} END`;
}
