// Which colours, words and tags say how a step stands, in every format.

import type { StepStatus } from "../../core/status.ts";

export interface Colours {
  fill: string;
  stroke: string;
  text: string;
  /** Whether its outline is dashed. */
  dashed?: true;
}

export const PALETTE: Readonly<Record<StepStatus, Colours>> = {
  completed: { fill: "#2d6a2d", stroke: "#1a4a1a", text: "#fff" },
  failed: { fill: "#8b1a1a", stroke: "#5c0e0e", text: "#fff" },
  running: { fill: "#1a5276", stroke: "#0e3a52", text: "#fff" },
  retrying: { fill: "#6c3483", stroke: "#4a235a", text: "#fff" },
  suspended: { fill: "#b7791a", stroke: "#8a5c14", text: "#fff" },
  pending: { fill: "#6b6b6b", stroke: "#4a4a4a", text: "#fff" },
  scheduled: { fill: "#6b6b6b", stroke: "#4a4a4a", text: "#fff" },
  skipped: { fill: "#4a4a4a", stroke: "#333", text: "#aaa", dashed: true },
};

/**
 * Of what is drawn here, where a text has to be read on its ground: 4.5 to 1 at least. The colours of a
 * text that others draw are those that its readers know.
 */
export const DRAWN: Readonly<Record<StepStatus, Colours>> = {
  ...PALETTE,
  suspended: { fill: "#8a5c14", stroke: "#5f3f0d", text: "#fff" },
  skipped: { fill: "#4a4a4a", stroke: "#333", text: "#e0e0e0", dashed: true },
};

/** Of a way that the run has passed by. */
export const PASSED = "#aaaaaa";

export const TAGS: Readonly<Record<StepStatus, string>> = {
  completed: "[OK]",
  failed: "[FAIL]",
  running: "[RUN]",
  retrying: "[RETRY]",
  suspended: "[WAIT]",
  pending: "[PEND]",
  scheduled: "[PEND]",
  skipped: "[SKIP]",
};
