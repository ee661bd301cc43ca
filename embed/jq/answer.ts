// What the expression worker answers to a request for jq, and to several at once.

import type { Json } from "../../core/json.ts";
import type { Work } from "../worker/messages.ts";
import { asOne, checkJq, jqOutputs, parseOutput } from "./engine.ts";
import { jqTogether } from "./together.ts";

export async function answerJq({ source, mode, data, now }: Work): Promise<Json> {
  if (mode === "check") {
    await checkJq(source);
    return null;
  }
  return inMode(mode, await jqOutputs(source, data, now));
}

/** Null of a request that has to be answered alone; see `jqTogether` for what they may be. */
export async function answerJqTogether(works: Work[]): Promise<({ value: Json } | null)[]> {
  const answers = await jqTogether(works);
  return answers.map((texts, i) =>
    texts && { value: inMode(works[i]!.mode, texts.map(parseOutput)) }
  );
}

function inMode(mode: Work["mode"], outputs: Json[]): Json {
  return mode === "all" ? outputs : asOne(outputs);
}
