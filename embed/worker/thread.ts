// What runs in a thread of the pool: one request after the other.

import { parentPort } from "node:worker_threads";
import { OpcodeError, toErrorObject } from "../../core/errors.ts";
import type { Json } from "../../core/json.ts";
import { type JsonPart, partsOf } from "../../core/json-parts.ts";
import { weigh } from "../../core/weigh.ts";
import { loadEngine } from "./engines.ts";
import type { Said, Work } from "./messages.ts";

const port = parentPort!;

port.on("message", (work: Work) => {
  answer(work).then(
    say,
    (thrown) => say({ kind: "error", error: errorOf(thrown) }),
  );
});

async function answer(work: Work): Promise<Said> {
  const evaluate = await loadEngine(work.engine);
  say({ kind: "begun" });
  const value = await evaluate(work);
  return { kind: "value", parts: [...textsOf(value)], bytes: weigh(value) };
}

function* textsOf(value: Json): Generator<JsonPart<string>> {
  for (const part of partsOf(value)) {
    yield "value" in part ? { ...part, value: JSON.stringify(part.value) } : part;
  }
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
