// Which deliveries come to a story from outside, and of which events of its runs somebody wants to hear.

import { CALLBACK_EVENTS, type CallbackEvent } from "../../../core/callback-terms.ts";
import type { JsonObject } from "../../../core/json.ts";
import type { Draw } from "../../support/generate/values.ts";
import { someInputs } from "./values.ts";

/** The template whose runs deliveries start, and of whose runs somebody hears. */
export const WIRED = "main";
export const HOOK = "in";
export const HOOK_SECRET = "HOOK";
export const CALLBACK_SECRET = "RECEIVER";
/** The values of the secrets. */
export const SECRETS = { [HOOK_SECRET]: "open sesame", [CALLBACK_SECRET]: "a friend of yours" };

export interface SimDelivery {
  id: string;
  /** What the run is given. */
  body: JsonObject;
}

/** None in most of the stories. */
export function someDeliveries(draw: Draw): SimDelivery[] {
  if (!draw.chance(0.3)) return [];
  return draw.many(1, 4, (n) => ({ id: `delivery-${n}`, body: someInputs(draw) }));
}

/** None in more than half of the stories. */
export function someEvents(draw: Draw): CallbackEvent[] {
  if (!draw.chance(0.4)) return [];
  const events = CALLBACK_EVENTS.filter(() => draw.chance(0.75));
  return events.length > 0 ? events : ["completed"];
}

/** The triggers of the template; undefined when there is nobody outside. */
export function triggersOf(
  deliveries: readonly SimDelivery[],
  events: readonly CallbackEvent[],
): JsonObject | undefined {
  if (deliveries.length + events.length === 0) return undefined;
  return {
    ...(deliveries.length > 0 && {
      webhook: [{ name: HOOK, verify: "hmac-sha256", secret: HOOK_SECRET, map: ".body" }],
    }),
    ...(events.length > 0 && {
      notify: { url: "http://receiver.test/in", events: [...events], secret: CALLBACK_SECRET },
    }),
  };
}
