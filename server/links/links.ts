// Where a daemon's links lead, and why those of some daemon would lead nowhere.

import { type DecisionLinks, noLinks } from "../../engine/links/links.ts";
import { hostOf, isLoopback, isWildcard } from "../address.ts";
import type { LinkTokens } from "./token.ts";

/** Before the token, behind `base_url`. */
export const LINK_PATH = "/decide/";

/** `baseUrl`: the setting, which may be empty. `tokens`: asked for once somebody wants a link. */
export function decisionLinks(baseUrl: string, tokens: () => LinkTokens): DecisionLinks {
  const refused = whyRefused(baseUrl);
  const base = baseUrl.replace(/\/+$/, "");
  return {
    refused,
    urlOf(terms) {
      if (refused !== undefined) throw noLinks(refused);
      return base + LINK_PATH + tokens().of(terms);
    },
  };
}

function whyRefused(baseUrl: string): string | undefined {
  const rule = "a link is for people who are elsewhere: set it to the URL under which they reach " +
    "this daemon";
  if (baseUrl === "") return `is not set, and ${rule}`;
  const host = hostOf(new URL(baseUrl).host) ?? "";
  const isOwn = isLoopback(host) || isWildcard(host) || host.endsWith(".localhost");
  return isOwn ? `${baseUrl} means this machine alone, and ${rule}` : undefined;
}
