// What is answered to who asks for a link by which a decision is answered.

import type { LinkRequest, UnlinkRequest } from "../contract/steering.ts";

export interface LinkVerbs {
  /** A link by which whoever has it answers a decision that is pending. */
  link(request: LinkRequest): Promise<LinkReply>;
  /** No link to the decision that was made up to now answers any more, or shows anything. */
  unlink(request: UnlinkRequest): Promise<UnlinkReply>;
}

export interface LinkReply {
  url: string;
  decision_id: string;
  /** On whose behalf it answers. */
  agent_id: string;
  expires_at: string;
}

export interface UnlinkReply {
  decision_id: string;
  /** No link that was made up to then answers any more. */
  revoked_at: string;
}
