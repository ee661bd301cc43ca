// Which requests get past the door: Host, page of origin, content type, body size and token, in that order.

import { placeOf } from "../core/fault-at.ts";
import { sameSecret } from "../core/same-secret.ts";
import { isIP } from "node:net";
import type { Context, MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { ADMIN, agentOf, type AgentTokens, type Caller, setCaller } from "./callers.ts";
import { hostOf, isLoopback, isWildcard } from "./address.ts";
import { isPreflight, preflightAnswer } from "./cors.ts";
import { isHookPath, setStranger } from "./hook-door.ts";
import { errorResponse, refusal } from "./http-errors.ts";
import { foreignAnswer, isLinkPath } from "./link-door.ts";

export interface GuardOptions {
  /** The host of the listen address, as parsed. */
  listenHost: string;
  /** Read at each request: it is known only once the port is bound. */
  baseUrl: () => string;
  /** Origins of foreign pages that may come, as browsers write them. */
  allowedOrigins?: ReadonlySet<string>;
  /** Names of this daemon beside those of its address and its base URL, in lower case. */
  allowedHosts?: ReadonlySet<string>;
  /** Empty: no token is needed. */
  authToken: string;
  /** The agents with a token of their own. */
  agents?: AgentTokens;
  /** Bytes. */
  maxBody: number;
  panel?: PanelDoor | undefined;
}

/** What the door asks of the panel, as long as that is on. */
export interface PanelDoor {
  /** Paths that a browser needs before it is signed in. */
  isOpen(path: string): boolean;
  /** Whether a Cookie header is that of somebody who has given the daemon's token. */
  isSignedIn(cookie: string | undefined): boolean;
  /** What somebody sees instead of a page; undefined when the request is for none. */
  askForToken(c: Context): Promise<Response> | undefined;
}

/** Paths that answer without a token: they say nothing but that the daemon is there. */
const OPEN_PATHS = new Set(["/healthz"]);

/**
 * Where a browser may say that a request comes from: a page of ours, or the person (an address typed,
 * a bookmark). Browsers put no Origin on a plain GET: this is how a foreign page's image or frame is
 * told from them. What is no browser sends neither header.
 */
const OWN_SITES = new Set(["same-origin", "none"]);

/** The one middleware in front of every route. */
export function guard(options: GuardOptions): MiddlewareHandler {
  const expected = options.authToken === "" ? undefined : options.authToken;
  const tooLarge = () =>
    refusal(413, "VALIDATION_ERROR", `body: must be at most ${options.maxBody} bytes`, {
      ...placeOf("body"),
      limit: options.maxBody,
    });
  const counted = bodyLimit({ maxSize: options.maxBody, onError: tooLarge });

  return (c, next) => {
    const { method } = c.req;
    if (isLinkPath(c.req.path)) {
      const host = c.req.header("host");
      const isOwn = (origin: string) => originAllowed(origin, host!, options.baseUrl());
      const refused = strangeHost(host, options) ?? foreignAnswer(c, isOwn);
      return refused === undefined ? next() : denied(refused);
    }
    const listed = options.allowedOrigins?.has(c.req.header("origin") ?? "") === true;
    const foreign = foreignness(c, options, listed);
    if (isHookPath(c.req.path)) {
      const isKnown = !expected || ownerOfToken(c, expected, options.agents) !== undefined;
      setStranger(c, foreign ?? strangeness(c, options, isKnown));
      return next();
    }
    if (foreign !== undefined) return denied(foreign);
    if (listed && isPreflight(c)) return Promise.resolve(preflightAnswer(c));
    const carriesBody = method === "POST" || method === "PUT" || method === "PATCH";
    // A form or text body is what a foreign page could send without the browser asking first.
    if (carriesBody && !isJsonType(c.req.header("content-type"))) {
      return Promise.resolve(
        refusal(
          415,
          "VALIDATION_ERROR",
          "Content-Type: must be application/json",
          placeOf("Content-Type"),
        ),
      );
    }
    const chunked = c.req.header("transfer-encoding") !== undefined;
    // Node's parser holds a body to its Content-Length, so the header alone decides.
    if (!chunked && Number(c.req.header("content-length") ?? 0) > options.maxBody) {
      return Promise.resolve(tooLarge());
    }
    let caller: Caller | undefined = ADMIN;
    if (expected) {
      caller = ownerOfToken(c, expected, options.agents) ??
        (options.panel?.isSignedIn(c.req.header("cookie")) ? ADMIN : undefined);
      const isOpen = OPEN_PATHS.has(c.req.path) || options.panel?.isOpen(c.req.path) === true;
      if (caller === undefined && !isOpen) {
        return options.panel?.askForToken(c) ?? Promise.resolve(unauthorized());
      }
    }
    // An open path without a valid token has no caller, and nothing that it could ask for.
    if (caller !== undefined) setCaller(c, caller);
    return chunked && method !== "GET" && method !== "HEAD" ? counted(c, next) : next();
  };
}

/**
 * Why the request may come from a page that is not ours, or was meant for somebody else; undefined
 * when it does not. `listed`: its Origin is one of those that may come.
 */
function foreignness(c: Context, options: GuardOptions, listed: boolean): string | undefined {
  const host = c.req.header("host");
  const strange = strangeHost(host, options);
  if (strange !== undefined) return strange;
  const origin = c.req.header("origin");
  if (origin !== undefined && !listed && !originAllowed(origin, host!, options.baseUrl())) {
    return `Origin: foreign pages are refused, as those of ${quoted(origin)}: add it to ` +
      "allowed_origins, or set base_url to the URL under which the daemon's own are reached";
  }
  const site = c.req.header("sec-fetch-site");
  if (origin === undefined && site !== undefined && !OWN_SITES.has(site)) {
    return "Sec-Fetch-Site: foreign pages are refused; those of allowed_origins say their Origin";
  }
  return undefined;
}

function strangeHost(host: string | undefined, options: GuardOptions): string | undefined {
  if (hostAllowed(host, options)) return undefined;
  return `Host: ${quoted(host)} is not known as a name of this daemon: add it to ` +
    "allowed_hosts, or set base_url to the URL that clients use";
}

/** Headers of those who hand requests on for others, who may be anywhere. */
const HANDED_ON = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via"];

/**
 * Why a request to a hook may be anybody's, so that it has to prove who sends it; undefined when it comes
 * from this machine, or has a token.
 */
function strangeness(c: Context, options: GuardOptions, isKnown: boolean): string | undefined {
  if (!isLoopback(options.listenHost)) return "no proof: the daemon listens beyond loopback";
  const host = hostOf(c.req.header("host") ?? "") ?? "";
  const isHandedOn = HANDED_ON.some((name) => c.req.header(name) !== undefined);
  if (!isLoopback(host) || isHandedOn) return "no proof: it comes through a proxy";
  return isKnown ? undefined : "no proof, nor the daemon's token";
}

/**
 * Whether the Host header names this daemon. A page that rebinds its own name to our address is
 * recognised by that name; an address literal cannot be rebound, so on a wildcard address any will do.
 */
function hostAllowed(header: string | undefined, options: GuardOptions): boolean {
  const host = header === undefined ? undefined : hostOf(header);
  if (host === undefined) return false;
  if (isLoopback(host) || host === options.listenHost) return true;
  if (options.allowedHosts?.has(host)) return true;
  if (isWildcard(options.listenHost) && isIP(host) !== 0) return true;
  const base = options.baseUrl();
  return base !== "" && host === hostOf(new URL(base).host);
}

/** Same host and port as the request itself, or the origin of base_url; a page elsewhere is foreign. */
function originAllowed(origin: string, host: string, baseUrl: string): boolean {
  const from = URL.parse(origin);
  if (!from || !/^https?:$/.test(from.protocol)) return false;
  if (from.host === host.toLowerCase()) return true;
  return baseUrl !== "" && from.origin === new URL(baseUrl).origin;
}

function denied(message: string): Promise<Response> {
  return Promise.resolve(refusal(403, "PERMISSION_DENIED", message));
}

/** What a client said, as far as it is a name at all. */
function quoted(text: string | undefined): string {
  return JSON.stringify((text ?? "").slice(0, 200));
}

function isJsonType(header: string | undefined): boolean {
  return /^application\/json *(?:;|$)/i.test(header?.trim() ?? "");
}

function tokenOf(header: string | undefined): string {
  return /^Bearer +(\S+) *$/i.exec(header ?? "")?.[1] ?? "";
}

/** Whose token the request has. */
function ownerOfToken(
  c: Context,
  expected: string,
  agents: AgentTokens | undefined,
): Caller | undefined {
  const token = tokenOf(c.req.header("authorization"));
  if (sameSecret(token, expected)) return ADMIN;
  return agents && agentOf(token, agents);
}

function unauthorized(): Response {
  return errorResponse(
    { code: "PERMISSION_DENIED", message: "Authorization: a valid bearer token is required" },
    { status: 401, headers: { "www-authenticate": "Bearer" } },
  );
}
