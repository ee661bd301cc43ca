// What the engine knows of links by which decisions are answered: whether there can be any, and what one says.

import { faultAt } from "../../core/fault-at.ts";

/** On whose behalf a link answers that nobody has said it of, where the decision names nobody. */
export const LINK_AGENT = "link";

/** What a link says, and nobody can change in it. */
export interface LinkTerms {
  decisionId: string;
  /** On whose behalf it answers. */
  agentId: string;
  /** Epoch ms. */
  expiresAt: number;
  /** When it was made, epoch ms: links of before a revocation answer nothing. */
  madeAt: number;
  /** Whether it may do no more than the agent may when it answers. */
  isBound: boolean;
}

export interface DecisionLinks {
  /** Why there are none, which completes the sentence "base_url: …"; undefined when there are. */
  readonly refused: string | undefined;
  /** The whole URL of a link. */
  urlOf(terms: LinkTerms): string;
}

/** Of an engine that nobody reaches over HTTP. */
export const NO_LINKS: DecisionLinks = {
  refused: "is not set, and a link is for people who are elsewhere",
  urlOf() {
    throw noLinks(this.refused!);
  },
};

/** VALIDATION_ERROR that names the setting. */
export function noLinks(refused: string): Error {
  return faultAt("base_url", refused);
}
