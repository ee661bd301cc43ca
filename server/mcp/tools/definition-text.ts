// What an agent has to know of definitions to write one that is right at the first try.

import { STEP_TYPES } from "../../../engine/steps/types.ts";
import { actionLines, type NamedParams } from "./action-lines.ts";

const LANGUAGE = `{steps: [Step], inputs?: {name: default}, context?: {}, timeout?, ` +
  `on_timeout?: fail|suspend|cancel, on_complete?, on_error?: Step, ` +
  `defaults?: {fail_on_error, fail_on_error_status, timeout, retry, on_error} for all Steps}
Step: {id, action, params, depends_on?: [ids], condition?: CEL guard, timeout?, ` +
  `retry?: {max, delay?, max_delay?, backoff?: constant|linear|exponential}, ` +
  `on_error?: {strategy: ignore|fail_workflow|fallback_step, fallback_step?: id}}. ` +
  `retry.max: attempts after the first. Durations: 500ms, 1h30m. ` +
  `Steps run in parallel unless depends_on orders them, and read only steps that it leads to.
Or type and config in place of action and params (lists of Steps run in order) → output:
${STEP_TYPES.map(({ name, summary }) => `${name} ${summary}`).join("\n")}
Tokens, only in params, inputs, loop over, wait duration and reasoning texts: \${{steps.ID.output.FIELD}}, \${{inputs.X}}, \${{context.X}}, ` +
  `\${{workflow.run_id}}, in loops \${{loop.item}}, \${{loop.index}}, or CEL over these: ` +
  `\${{inputs.n + 1}}. A token alone in a string keeps its type. \${{secrets.NAME}}: a person ` +
  `stores it with opcode secret set NAME. CEL fields have no \${{}}: ` +
  `steps.a.output.n > 3 && inputs.go; in loops iter.item, iter.index.
HTTP errors and exit codes complete a step, not retried, unless fail_on_error_status or ` +
  `fail_on_error is true. JSON in body and stdout is parsed. expr.eval: Expr-lang, len(x). ` +
  `Outputs: http {status_code, headers, body}, shell {stdout, stderr, exit_code}, fs.read ` +
  `{content}, jq and expr {result}, workflow.run: the child's own.`;

const ACTIONS = "Actions (more: opcode.query of actions):";

/** What `definition` may be, with these actions. */
export function definitionText(actions: readonly NamedParams[]): string {
  return `${LANGUAGE}\n${ACTIONS}\n${actionLines(actions)}`;
}
