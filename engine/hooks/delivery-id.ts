// Which deliveries are the same one, sent again.

import { createHash } from "node:crypto";
import { isObject, type Json } from "../../core/json.ts";
import type { HookRow } from "../store/store.ts";

/** Characters of an id that is shown. */
const LONGEST_SHOWN = 128;

/** The id that the sender gives by a header; undefined when it gives none. */
export function headerId(
  { verify }: Pick<HookRow, "verify">,
  header: (name: string) => string | undefined,
): string | undefined {
  const own = verify === "github" ? header("x-github-delivery") : undefined;
  return [own, header("idempotency-key"), header("webhook-id")]
    .find((id) => id !== undefined && id !== "");
}

/** The same, or what the body says; else what only the same delivery has, its signed time included. */
export function deliveryId(
  hook: Pick<HookRow, "verify">,
  { header, body, mark }: {
    header: (name: string) => string | undefined;
    body: Json;
    mark: string | undefined;
  },
): string | undefined {
  const own = isObject(body)
    ? { stripe: body.id, slack: body.event_id }[hook.verify as string]
    : undefined;
  if (typeof own === "string" && own !== "") return own;
  return headerId(hook, header) ?? (mark === undefined ? undefined : `signature ${mark}`);
}

/** What keys of deliveries look like: nobody else's request has one. */
const KEY = /^hook:[0-9a-f]{64}$/;

/** Whether an idempotency key is that of a delivery. */
export function isDeliveryKey(key: string): boolean {
  return KEY.test(key);
}

/** The idempotency key of its run: of any id, however long. */
export function keyOf({ templateName, name }: HookRow, id: string): string {
  const hash = createHash("sha256").update(JSON.stringify([templateName, name, id]));
  return `hook:${hash.digest("hex")}`;
}

/** As it may be shown: of somebody who has proved nothing, perhaps. */
export function shownId(id: string): string {
  // deno-lint-ignore no-control-regex
  return id.slice(0, LONGEST_SHOWN).replaceAll(/[\0-\x1f\x7f-\x9f]/g, "?").toWellFormed();
}
