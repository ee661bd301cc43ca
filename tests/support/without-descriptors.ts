// A process that has no descriptor left, in which an action is called all the same; prints what came of it.
//
// `node without-descriptors.ts ACTION PARAMS [cancel]` under a limit of descriptors. They are given
// back, or the action is cancelled, as soon as it is known to wait for one.

import { closeSync, openSync } from "node:fs";
import { prepareParams } from "../../actions/params.ts";
import { asClaimant } from "../../core/descriptors.ts";
import { toErrorObject } from "../../core/errors.ts";
import { actionContext, actionNamed, execute } from "./action-context.ts";

const [name, text, cancel] = process.argv.slice(2) as [string, string, string?];
let told = 0;
const held: number[] = [];
const context = actionContext({
  host: {
    shortOfDescriptors() {
      if (told++ > 0) return;
      if (cancel) setImmediate(() => context.abort("no longer wanted"));
      else setImmediate(() => held.splice(0).forEach((fd) => closeSync(fd)));
    },
  },
});
await prepareParams(actionNamed(name));
try {
  for (;;) held.push(openSync("/dev/null", "r"));
} catch {
  // Now there are none.
}
let output: unknown;
let error: unknown;
try {
  output = await asClaimant(context, () => execute(name, JSON.parse(text), context));
} catch (thrown) {
  error = toErrorObject(thrown);
}
for (const fd of held) closeSync(fd);
console.log(JSON.stringify({ told, output, error }));
process.exit();
