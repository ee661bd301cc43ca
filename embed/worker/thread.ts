// What runs in a thread of the pool: one request, or some that came together, after the other.

import { parentPort } from "node:worker_threads";
import { OpcodeError, toErrorObject } from "../../core/errors.ts";
import type { Json } from "../../core/json.ts";
import { type JsonPart, partsOf } from "../../core/json-parts.ts";
import { weigh } from "../../core/weigh.ts";
import { loadEngine } from "./engines.ts";
import type { Outcome, Said, Work } from "./messages.ts";

const port = parentPort!;

port.on("message", (work: Work | Work[]) => {
  const answered = Array.isArray(work) ? answerTogether(work) : answer(work);
  answered.then(say);
});

async function answer(work: Work): Promise<Said> {
  let began = 0;
  const outcome = await outcomeOf(async () => {
    const evaluate = await loadEngine(work.engine);
    say({ kind: "begun" });
    began = performance.now();
    return await evaluate(work);
  });
  return { kind: "done", outcome, ms: performance.now() - began };
}

/** Programs for jq that are small and known to compile. */
async function answerTogether(works: Work[]): Promise<Said> {
  await loadEngine("jq");
  const { answerJqTogether } = await import("../jq/answer.ts");
  say({ kind: "begun" });
  const answers = await answerJqTogether(works);
  return {
    kind: "all done",
    outcomes: answers.map((answer) => answer && valueOutcome(answer.value)),
  };
}

async function outcomeOf(evaluate: () => Promise<Json>): Promise<Outcome> {
  try {
    return valueOutcome(await evaluate());
  } catch (thrown) {
    return { kind: "error", error: errorOf(thrown) };
  }
}

function valueOutcome(value: Json): Outcome {
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
