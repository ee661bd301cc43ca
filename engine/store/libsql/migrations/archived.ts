// How the tables come to know which templates are put away.

/** Indexes of a list of those of one kind, which does not walk the others. */
const listsOf = (kind: string, those: string) => [
  `CREATE INDEX templates_${kind} ON templates (name, version DESC) WHERE ${those}`,
  `CREATE INDEX templates_${kind}_by_agent ON templates (agent_id, name, version DESC)
    WHERE ${those}`,
];

export const ARCHIVED: readonly string[] = [
  `ALTER TABLE templates ADD COLUMN archived_at INTEGER`,
  ...listsOf("in_use", "archived_at IS NULL"),
  ...listsOf("archived", "archived_at IS NOT NULL"),
];
