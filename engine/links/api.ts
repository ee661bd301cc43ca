// What is answered to who asks for a link by which a decision is answered.

export interface LinkReply {
  url: string;
  decision_id: string;
  /** On whose behalf it answers. */
  agent_id: string;
  expires_at: string;
}
