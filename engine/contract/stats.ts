// What `stats` takes: in which time zone a day is one.

import type { Contract } from "./terms.ts";

export interface StatsRequest {
  /** IANA name; UTC when it is absent. */
  zone?: string | undefined;
}

export const STATS: Contract<StatsRequest> = {
  properties: {
    zone: {
      type: "string",
      default: "UTC",
      description: "The time zone of the days, by its IANA name.",
    },
  },
  required: [],
};
