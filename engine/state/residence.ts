// Which outputs stay in memory while nobody reads them.

import { LOADED } from "../store/store.ts";

/** Which outputs are in memory though no step is about to read them. */
export interface Residence {
  /** Those of less, in bytes of heap, always; others as long as there is room. */
  smallest: number;
  /** Of what is loaded with a run: those of at most as many bytes of JSON, and as many in all. */
  loaded: { each: number; together: number };
  /** None that is stored: whatever the budgets say, they are let go of at once. */
  none?: boolean;
}

export const USUAL_RESIDENCE: Residence = {
  smallest: 2_048,
  loaded: LOADED,
};
