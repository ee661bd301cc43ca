// What agents are told, and the way to those that are there.

import type { Json } from "../../core/json.ts";

export interface Notification {
  message: string;
  workflow_id: string;
  step_id: string;
  data?: Json | undefined;
  /** Of data that was too large to be kept until now: characters of JSON. */
  data_size?: number;
  /** Of what was kept for the agent: what it is told twice, after a crash, has the same. */
  notification_id?: string;
  /** Of a question that the run asks; `data` has its id and options. */
  kind?: "question";
  /** Since when it waited for the agent, RFC 3339. */
  queued_at?: string;
  /** How many before it could not be kept. */
  dropped?: number;
}

export interface Notified {
  notified: boolean;
  reason?: string;
  /** It is kept until the agent is there. */
  queued?: true;
}

/** Why an agent was not told whom it will be. */
export const NOT_CONNECTED = "agent_not_connected";

/** The way to agents that are there. */
export interface AgentDoor {
  /** Tells the agent at once, if it is there. `standing`: only if it reads a stream of its own. */
  notify(
    agentId: string,
    notification: Notification,
    options?: { standing?: boolean },
  ): Promise<Notified>;
  /** Whether it may be there: what this denies need not be tried. */
  isThere(agentId: string): boolean;
  /** Those of whom that is said. */
  present(): string[];
}
