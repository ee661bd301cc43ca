// What whoever decides is shown: the question, its data, and what the run knows so far.

import type { Json, JsonObject } from "../../core/json.ts";
import { setOwn } from "../../core/copy.ts";
import { contextView } from "./context.ts";
import { everyStep } from "./state.ts";
import type { Turn } from "./turn.ts";

/** Characters of step outputs, as JSON, in one context: the newest that fit. */
const MOST_OUTPUTS = 64 * 1024;

/** The context; empty members are left out, `prompt` and `data` stand under both their names. */
export function decisionContext(
  turn: Turn,
  question: { prompt: string | null; data: (readonly [name: string, value: Json])[] },
): JsonObject {
  const { run } = turn;
  const { prompt } = question;
  const data: JsonObject = {};
  for (const [name, value] of question.data) setOwn(data, name, value);
  const stored = contextView(run) as {
    original_intent: string | null;
    accumulated_data: JsonObject;
    agent_notes?: string;
  };
  const { outputs, truncated } = outputsOf(turn);
  const notes = stored.agent_notes ?? run.plan.context.notes;
  return {
    ...(prompt && { prompt, prompt_context: prompt }),
    ...(question.data.length > 0 && { data, data_inject: data }),
    ...(Object.keys(outputs).length > 0 && { step_outputs: outputs }),
    ...(truncated && { step_outputs_truncated: true }),
    ...(stored.original_intent !== null && { workflow_intent: stored.original_intent }),
    ...(notes !== undefined && notes !== "" && { agent_notes: notes }),
    ...(Object.keys(stored.accumulated_data).length > 0 && {
      accumulated_data: stored.accumulated_data,
    }),
  };
}

function outputsOf({ run }: Turn): { outputs: JsonObject; truncated: boolean } {
  const completed = [...everyStep(run)].filter(({ status }) => status === "completed");
  completed.sort((a, b) => b.outputSeq! - a.outputSeq!);
  const outputs: JsonObject = {};
  let left = MOST_OUTPUTS;
  let truncated = false;
  for (const { id, output, outputSize } of completed) {
    left -= outputSize + id.length + 4;
    if (left < 0) truncated = true;
    if (left < 0) break;
    setOwn(outputs, id, output!);
  }
  return { outputs, truncated };
}
