// Which tables have rows that belong to one run and go with it.

/** What belongs to a run beside its events. */
export const RUN_PARTS: readonly string[] = [
  "steps",
  "seals",
  "contexts",
  "decisions",
  "revoked_links",
  "timers",
  "suspects",
];
