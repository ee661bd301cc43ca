// By which way a request of the API says that it comes.

import type { Context } from "hono";
import type { JsonObject } from "../../core/json.ts";
import type { Via } from "../../core/via.ts";

/** What our own clients say of themselves. It is only informative: anybody may say it. */
export const CLIENT_HEADER = "opcode-client";

const CLIENTS = ["cli", "panel"] as const satisfies Via[];

/** As the OpenAPI document has the header. */
export const CLIENT_PARAMETER: Readonly<Record<string, JsonObject>> = {
  "Opcode-Client": {
    type: "string",
    enum: [...CLIENTS],
    description: "Said of an answer as its `via`, which else is `rest`; nothing follows from it.",
  },
};

/** Never `link` or `mcp`, whatever a request says. */
export function viaOf(c: Context): Via {
  const said = c.req.header(CLIENT_HEADER);
  return CLIENTS.find((client) => client === said) ?? "rest";
}
