// What runs in a thread of the pool: one request after the other.

import { parentPort } from "node:worker_threads";
import { OpcodeError, toErrorObject } from "../../core/errors.ts";
import type { Json } from "../../core/json.ts";
import { loadEngine } from "./engines.ts";
import type { Said, Work } from "./messages.ts";

const port = parentPort!;

port.on("message", (work: Work) => {
  answer(work).then(
    (value) => say({ kind: "value", value }),
    (thrown) => say({ kind: "error", error: errorOf(thrown) }),
  );
});

async function answer(work: Work): Promise<Json> {
  const evaluate = await loadEngine(work.engine);
  say({ kind: "begun" });
  return await evaluate(work);
}

function errorOf(thrown: unknown) {
  if (thrown instanceof OpcodeError || !(thrown instanceof RangeError)) {
    return toErrorObject(thrown);
  }
  return new OpcodeError("EXECUTION_ERROR", "the expression exceeds the limit of recursion", {
    details: { retryable: false },
  }).toJSON();
}

function say(said: Said): void {
  port.postMessage(said);
}
