// Why a param that an author has written is missing all the same: its token came to null.

import { OpcodeError } from "../../core/errors.ts";
import { findStep, type RunState, type StepState } from "./state.ts";

/** The error, with the token and what became of the step that it reads. */
export function withCause(thrown: unknown, run: RunState, { plan }: StepState): unknown {
  if (!(thrown instanceof OpcodeError) || thrown.code !== "VALIDATION_ERROR") return thrown;
  const [, name] = /^params\.(\w+): is required$/.exec(thrown.message) ?? [];
  if (name === undefined || plan.params.kind !== "object") return thrown;
  const [, value] = plan.params.entries.find(([key]) => key === name) ?? [];
  if (value?.kind !== "token") return thrown;
  const { token } = value;
  const id = token.kind === "path" && token.namespace === "steps"
    ? token.segments[0]?.key
    : undefined;
  const read = id === undefined ? undefined : findStep(run, id);
  const why = read && read.row.status !== "completed"
    ? `: step "${read.id}" was ${read.row.status}`
    : "";
  return new OpcodeError(
    thrown.code,
    `${thrown.message}; \${{${token.expression}}} is null${why}`,
    {
      ...(thrown.details && { details: thrown.details }),
    },
  );
}
