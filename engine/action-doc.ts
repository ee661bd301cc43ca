// What an action tells people and programs about itself.

import type { Action } from "../actions/action.ts";
import type { ActionDoc } from "./api.ts";

export function actionDoc(action: Action): ActionDoc {
  const { name, description, effects, input, output } = action;
  return {
    name,
    description,
    effects: typeof effects === "function" ? "by params" : effects,
    repeatable: effects === "none" || effects === "store" || action.repeatable === true,
    input,
    output,
  };
}
