// Which actions come with opcode.

import type { Action } from "./action.ts";
import { assertActions } from "./assert.ts";
import { cryptoActions } from "./crypto.ts";
import { exprActions } from "./expr.ts";
import { fsActions } from "./fs.ts";
import { httpActions } from "./http.ts";
import { jqActions } from "./jq.ts";
import { shellActions } from "./shell.ts";
import { workflowActions } from "./workflow.ts";

export const builtinActions: readonly Action[] = [
  ...assertActions,
  ...cryptoActions,
  ...exprActions,
  ...fsActions,
  ...httpActions,
  ...jqActions,
  ...shellActions,
  ...workflowActions,
];
