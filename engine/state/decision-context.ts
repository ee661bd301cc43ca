// What whoever decides is shown: the question, its data, and what the run knows so far.

import type { Json, JsonObject } from "../../core/json.ts";
import { setOwn } from "../../core/copy.ts";
import { intentOf } from "./context.ts";
import type { RunState } from "./state.ts";

/**
 * Characters of each text that the run has anyway and a question repeats; larger ones stand in the
 * status of the run alone: a run may ask thousands of times.
 */
const LARGEST_REPEATED = 8 * 1024;

/**
 * The context; empty members are left out, `prompt` and `data` stand under both their names. The
 * outputs so far are no part of it: the log has them, and who shows the question adds them.
 */
export function decisionContext(
  run: RunState,
  question: { prompt: string | null; data: (readonly [name: string, value: Json])[] },
): JsonObject {
  const { prompt } = question;
  const data: JsonObject = {};
  for (const [name, value] of question.data) setOwn(data, name, value);
  const { contextData } = run;
  const notes = run.context?.agentNotes ?? run.plan.context.notes;
  // As it was stored last, or has grown since: measured without being written once more.
  const accumulated = Math.max(run.context?.data?.length ?? 0, run.contextSize);
  return {
    ...(prompt && { prompt, prompt_context: prompt }),
    ...(question.data.length > 0 && { data, data_inject: data }),
    ...repeated("workflow_intent", intentOf(run)),
    ...repeated("agent_notes", notes),
    ...(accumulated > LARGEST_REPEATED
      ? { accumulated_data_truncated: true }
      : Object.keys(contextData).length > 0 && { accumulated_data: contextData }),
  };
}

function repeated(name: string, value: Json | undefined): JsonObject {
  if (value === undefined || value === null || value === "") return {};
  if (typeof value === "string" && value.length > LARGEST_REPEATED) {
    return { [name]: value.slice(0, LARGEST_REPEATED), [`${name}_truncated`]: true };
  }
  return { [name]: value };
}
