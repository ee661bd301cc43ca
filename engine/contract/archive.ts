// What `archive` and `unarchive` take.

import { type Contract, identifier, NAME } from "./terms.ts";

export interface ArchiveRequest {
  template_name: string;
  /** Who asks. */
  agent_id?: string;
}

export const ARCHIVE: Contract<ArchiveRequest> = {
  properties: { template_name: NAME, agent_id: identifier("Who asks.") },
  required: ["template_name"],
};
