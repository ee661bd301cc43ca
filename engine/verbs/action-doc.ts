// What an action tells people and programs about itself.

import type { Action } from "../../actions/action.ts";
import { OpcodeError } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json.ts";
import { insteadOf } from "../../core/instead-of.ts";
import { quoted } from "../../core/text.ts";
import type { ActionDoc, QueryReply } from "../api.ts";
import { Filter } from "./filter.ts";
import { stepType } from "../steps/types.ts";

export function actionDoc(action: Action): ActionDoc {
  const { name, description, effects, input, output, example } = action;
  return {
    name,
    description,
    effects: typeof effects === "function" ? "by params" : effects,
    repeatable: effects === "none" || effects === "store" || action.repeatable === true,
    input,
    output,
    ...(example && { example: { id: name.split(".")[1] ?? name, action: name, params: example } }),
  };
}

/**
 * The actions as rows of a list, by name: each with its name and the first sentence of its
 * description. With `filter.name` that one alone, with all that there is to know of it; NOT_FOUND,
 * with the nearest name, when it is none of these.
 */
export function actionRows(docs: readonly ActionDoc[], values: JsonObject = {}): QueryReply {
  const filter = new Filter("actions", values);
  const name = filter.text("name");
  if (name !== undefined) {
    filter.refuseBeside("name", "cursor");
    filter.limit();
    return { rows: [{ ...found(docs, name) }] };
  }
  const { cursor: after = "" } = filter.cursor();
  const limit = filter.limit();
  const rest = docs.filter((doc) => doc.name > after);
  const rows = rest.slice(0, limit).map((doc) => ({
    name: doc.name,
    description: firstSentence(doc.description),
  }));
  return filter.page(rows, rest.length > limit ? rows.at(-1)!.name : null);
}

function found(docs: readonly ActionDoc[], name: string): ActionDoc {
  const doc = docs.find((one) => one.name === name);
  if (doc) return doc;
  const hint = stepType(name)
    ? `: it is a type of step, {"id", "type": "${name}", "config"}, which opcode.define describes`
    : insteadOf(name, docs.map((one) => one.name));
  throw new OpcodeError("NOT_FOUND", `action ${quoted(name)} not found${hint}`);
}

function firstSentence(text: string): string {
  return text.split(/(?<=\.)\s/)[0]!;
}
