// What a sender has to show by each scheme, told to whoever is to set it up; verify.ts looks at it.

import type { HookScheme } from "../../core/hook-terms.ts";
import { hookPath } from "./path.ts";
import type { Webhook } from "./trigger.ts";

/** `HEX`: the HMAC-SHA256, in hexadecimal digits, of what is said, by the secret. */
const PROOFS: Record<Exclude<HookScheme, "none">, string> = {
  "hmac-sha256": "X-Signature-256: sha256=HEX of the body",
  token: "X-Webhook-Token: SECRET, or Authorization: Bearer SECRET",
  github: "X-Hub-Signature-256: sha256=HEX of the body",
  stripe: "Stripe-Signature: t=UNIX_SECONDS,v1=HEX of UNIX_SECONDS.body",
  slack:
    "X-Slack-Request-Timestamp: UNIX_SECONDS and X-Slack-Signature: v0=HEX of v0:UNIX_SECONDS:body",
};

/** The headers of a delivery, in words; undefined where none is asked for. */
export function proofOf(scheme: HookScheme): string | undefined {
  if (scheme === "none") return undefined;
  const proof = PROOFS[scheme];
  return proof.includes("HEX") ? `${proof} (HMAC-SHA256 by the secret)` : proof;
}

/** Where deliveries to a trigger of the template are sent, and what proves them. */
export type WebhookReport = {
  name: string;
  /** After the daemon's own URL. */
  path: string;
  /** Headers of a delivery; absent where no proof is asked for. */
  signature?: string;
};

export function webhookReport(
  template: string,
  { name, verify }: Pick<Webhook, "name" | "verify">,
): WebhookReport {
  const signature = proofOf(verify);
  return {
    name,
    path: hookPath(template, name),
    ...(signature !== undefined && { signature }),
  };
}
