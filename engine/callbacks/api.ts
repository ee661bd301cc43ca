// What is asked of callbacks that were not taken yet, and answered.

import type { JsonObject } from "../../core/json.ts";

/** `waiting`: it is sent again by itself; `given_up`: it is not. */
export const CALLBACK_STATUSES = ["waiting", "given_up"] as const;

export type CallbackStatus = (typeof CALLBACK_STATUSES)[number];

export interface CallbackPage {
  status?: CallbackStatus | undefined;
  /** Of one run. */
  workflow_id?: string | undefined;
  /** 1 to 1,000. */
  limit?: number | string | undefined;
  cursor?: string | undefined;
}

export interface CallbackVerbs {
  /** What others have not been told of runs, the oldest first. */
  list(page?: CallbackPage): Promise<{ callbacks: JsonObject[]; next_cursor?: string }>;
  /** One of them by its id, which is that of its run, a dot, and the number of its event. */
  get(id: string): Promise<JsonObject>;
  /** Has one sent now; one that was given up begins anew. */
  send(id: string): Promise<JsonObject>;
}
