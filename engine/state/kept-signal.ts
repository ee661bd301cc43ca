// What a run knows of a data signal that it keeps for a wait that has not begun.

import type { JsonObject } from "../../core/json.ts";
import type { Sealed } from "../secrecy/sealed.ts";

export interface KeptSignal {
  /** Sequence number of the event that holds it. */
  seq: number;
  stepId: string | undefined;
  /** Masked while `sealed` is set. */
  payload: JsonObject;
  sealed: Sealed<JsonObject> | null;
  /** Characters of the payload as JSON. */
  size: number;
  /** Bytes of heap that it is counted with. */
  held: number;
}
