// What the expression worker answers to a request for jq.

import type { Json } from "../../core/json.ts";
import type { Work } from "../worker/messages.ts";
import { asOne, checkJq, jqOutputs } from "./engine.ts";

export async function answerJq({ source, mode, data, now }: Work): Promise<Json> {
  if (mode === "check") {
    await checkJq(source);
    return null;
  }
  const outputs = await jqOutputs(source, data, now);
  return mode === "all" ? outputs : asOne(outputs);
}
