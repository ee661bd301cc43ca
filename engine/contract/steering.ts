// What is asked of one run or one decision for one purpose: the words of run and signal, under a name each.

import { AGENT_ID, type Contract, identifier, NAME, OBJECT, TEXT } from "./terms.ts";
import { RUN, type RunRequest } from "./run.ts";
import { SIGNAL } from "./signal.ts";

/** Ends a run. */
export interface CancelRequest {
  workflow_id: string;
  /** Why; kept in the run's log. */
  reason?: string;
  agent_id?: string;
}

export const CANCEL: Contract<CancelRequest> = {
  properties: {
    workflow_id: NAME,
    reason: { ...TEXT, description: "Why; kept in the run's log." },
    agent_id: AGENT_ID,
  },
  required: ["workflow_id"],
};

/** Does a run again: the same version, params and agent, from the beginning. */
export interface RerunRequest {
  workflow_id: string;
  /** Who asks; the new run is the agent's whose the first one is. */
  agent_id?: string;
  idempotency_key?: string;
}

export const RERUN: Contract<RerunRequest> = {
  properties: {
    workflow_id: NAME,
    agent_id: identifier("Who asks; the run is the agent's whose the first one is."),
    idempotency_key: RUN.properties.idempotency_key,
  },
  required: ["workflow_id"],
};

/** Goes on from a step of a run. */
export interface ForkRequest extends
  Pick<
    RunRequest,
    "agent_id" | "version" | "params" | "wait_ms" | "idempotency_key"
  > {
  from_run: string;
  from_step: string;
}

export const FORK: Contract<ForkRequest> = {
  properties: {
    from_run: RUN.properties.from_run,
    from_step: RUN.properties.from_step,
    agent_id: AGENT_ID,
    version: { ...RUN.properties.version, description: "Default: that of the run." },
    params: { ...OBJECT, description: "Those that change; the others stay." },
    wait_ms: RUN.properties.wait_ms,
    idempotency_key: RUN.properties.idempotency_key,
  },
  required: ["from_run", "from_step", "agent_id"],
};

/** Answers a question. */
export interface ResolveRequest {
  decision_id: string;
  /** The id of one of its options; where it has none, any text. */
  choice: string;
  data?: RunRequest["params"];
  reasoning?: string;
  /** Who decides. */
  agent_id: string;
  wait_ms?: number;
}

export const RESOLVE: Contract<ResolveRequest> = {
  properties: {
    decision_id: NAME,
    choice: { ...TEXT, description: "An option's id; any text where there are no options." },
    data: { ...OBJECT, description: "Goes on with the choice." },
    reasoning: { ...TEXT, description: "Why; kept with the decision." },
    agent_id: identifier("Who decides."),
    wait_ms: SIGNAL.properties.wait_ms,
  },
  required: ["decision_id", "choice", "agent_id"],
};

/** Asks for a link by which somebody answers a question without a token of the daemon's. */
export interface LinkRequest {
  decision_id: string;
  /** On whose behalf it answers; by default whom the decision asks by name, else `link`. */
  agent_id?: string;
  /** How long it holds: a duration, or days, from 1m to 30d. */
  ttl?: string;
}

/** Takes back the links to a decision that there are. */
export interface UnlinkRequest {
  decision_id: string;
  /** Who asks. */
  agent_id?: string;
}

export const LINK: Contract<LinkRequest> = {
  properties: {
    decision_id: NAME,
    agent_id: identifier("On whose behalf it answers. Default: whom the decision asks, or link."),
    ttl: {
      ...TEXT,
      description: "From 1m to 30d, but no longer than the decision waits.",
      default: "24h",
    },
  },
  required: ["decision_id"],
};
