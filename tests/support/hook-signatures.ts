// How senders of deliveries sign them, as each of them says in its own documentation.

import { createHmac } from "node:crypto";

function hmac(secret: string, ...parts: (string | Uint8Array)[]): string {
  const hash = createHmac("sha256", secret);
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
}

/** The headers of a delivery that is signed at this time (epoch ms). */
export const SIGN: Record<
  "hmac-sha256" | "token" | "github" | "stripe" | "slack",
  (secret: string, body: string | Uint8Array, at: number) => Record<string, string>
> = {
  "hmac-sha256": (secret, body) => ({ "x-signature-256": `sha256=${hmac(secret, body)}` }),
  token: (secret) => ({ authorization: `Bearer ${secret}` }),
  github: (secret, body) => ({ "x-hub-signature-256": `sha256=${hmac(secret, body)}` }),
  stripe(secret, body, at) {
    const t = Math.floor(at / 1_000);
    return { "stripe-signature": `t=${t},v1=${hmac(secret, `${t}.`, body)}` };
  },
  slack(secret, body, at) {
    const t = String(Math.floor(at / 1_000));
    return {
      "x-slack-request-timestamp": t,
      "x-slack-signature": `v0=${hmac(secret, `v0:${t}:`, body)}`,
    };
  },
};
