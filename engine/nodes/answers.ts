// What is told to the node that a signal came from, in the commit that holds what it did.

import type { SignalOutcome } from "../actor/inputs.ts";
import type { MessageAnswer } from "../store/store.ts";

/** Nothing where the signal came from nobody else; `message`: its id. */
export function answersTo(message: string | undefined, outcome: SignalOutcome): MessageAnswer[] {
  return message === undefined ? [] : [{ id: message, text: JSON.stringify({ outcome }) }];
}
