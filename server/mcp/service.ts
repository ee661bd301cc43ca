// How the MCP endpoints work together; everything that needs the SDK is loaded with this file.

import {
  classifyInboundRequest,
  type McpHttpHandler,
  ProtocolError,
} from "@modelcontextprotocol/server";
import { type Clock, systemClock } from "../../core/clock.ts";
import { isObject } from "../../core/json.ts";
import type { Logger } from "../../core/log.ts";
import { type Caller, checkClaim, type OpcodeFor } from "../callers.ts";
import type { HeldPlaces } from "../held.ts";
import { readJson } from "../json-body.ts";
import { BodyError } from "../body-error.ts";
import type { Ticket } from "../intake.ts";
import type { AgentRegistry } from "./agents.ts";
import { LegacySse } from "./legacy-sse.ts";
import { MOST_INTRODUCTION, overlongPart } from "./introduction.ts";
import { INVALID_PARAMS, INVALID_REQUEST, PARSE_ERROR, refuse } from "./messages.ts";
import type { Connection } from "./connection.ts";
import { mendArguments } from "./call-arguments.ts";
import { tooLargeFor } from "./message-size.ts";
import { createServer, HTTP_VERSIONS, SSE_VERSIONS, STATELESS_VERSION } from "./server.ts";
import { SessionIds } from "./session-id.ts";
import { type Follow, Sessions } from "./sessions.ts";
import { Aside, authOf, createStateless, followedBy, isListen, type Listen } from "./stateless.ts";
import { FollowRoom, Subscriptions } from "./subscriptions.ts";
import { agentOf, namesOf } from "./url.ts";

export interface McpDeps {
  opcodeFor: OpcodeFor;
  version: string;
  /** The daemon's public URL, for the legacy endpoint event. */
  baseUrl: () => string;
  log: Logger;
  /** Signs the ids of sessions; the same after a restart. */
  sessionKey: Uint8Array;
  /** Room for streams and for calls that wait. */
  held: HeldPlaces;
  /** Told when an agent can be reached. */
  arrived?: ((agentId: string) => void) | undefined;
  /** Also serve what the official conformance suite calls; for tests, on loopback only. */
  conformanceFixtures: boolean;
  clock?: Clock;
}

/** What a request takes up of the daemon. */
export interface WayIn {
  /** Whose token it came with. */
  caller: Caller;
  ticket: Ticket;
  /** Takes a stream's place for it; throws BUSY when there is none. */
  hold(): void;
}

export class McpService {
  readonly #agents: AgentRegistry;
  readonly #sessions: Sessions;
  readonly #stateless: McpHttpHandler;
  readonly #legacy: LegacySse;
  readonly #follow: Follow;
  readonly #isOurs: (uri: string) => boolean;

  private constructor(parts: {
    agents: AgentRegistry;
    sessions: Sessions;
    stateless: McpHttpHandler;
    legacy: LegacySse;
    follow: Follow;
    isOurs: (uri: string) => boolean;
  }) {
    this.#agents = parts.agents;
    this.#sessions = parts.sessions;
    this.#stateless = parts.stateless;
    this.#legacy = parts.legacy;
    this.#follow = parts.follow;
    this.#isOurs = parts.isOurs;
  }

  static async create(deps: McpDeps, agents: AgentRegistry): Promise<McpService> {
    const { opcodeFor, version, log, baseUrl } = deps;
    const clock: Clock = deps.clock ?? systemClock;
    const fixtures = deps.conformanceFixtures
      ? (await import("./fixtures/fixtures.ts")).createFixtures({
        notifier: () => stateless.notify,
      })
      : undefined;
    const { waits } = deps.held;
    const parts = { opcodeFor, baseUrl, version, agents, log, clock, fixtures, waits };
    const legacyServer = (versions: readonly string[]) => (connection: Connection) =>
      createServer(parts, connection, { era: "legacy", versions });
    const stateless: McpHttpHandler = createStateless({
      createServer: (connection) => createServer(parts, connection, { era: "modern" }),
      log,
    });
    const room = new FollowRoom();
    const follow: Follow = (caller, tell) =>
      new Subscriptions({ opcode: opcodeFor(caller), clock, room, tell });
    return new McpService({
      agents,
      stateless,
      follow,
      // The conformance suite follows resources of its own.
      isOurs: (uri) => fixtures === undefined || uri.startsWith("opcode:"),
      sessions: new Sessions({
        clock,
        agents,
        follow,
        ids: new SessionIds(deps.sessionKey),
        createServer: legacyServer(HTTP_VERSIONS),
      }),
      legacy: new LegacySse({
        clock,
        agents,
        log,
        baseUrl,
        follow,
        createServer: legacyServer(SSE_VERSIONS),
      }),
    });
  }

  /** /mcp: each request says by itself which revision it speaks. */
  async mcp(request: Request, way: WayIn): Promise<Response> {
    const { caller } = way;
    const { method, headers, url } = request;
    const read = method === "POST" ? await readBody(request, way.ticket, true) : {};
    if (read instanceof Response) return read;
    const { body } = read;
    const { kind } = classifyInboundRequest({
      httpMethod: method,
      ...header("protocolVersionHeader", versionHeader(headers, body)),
      ...header("mcpMethodHeader", headers.get("mcp-method")),
      ...header("mcpNameHeader", headers.get("mcp-name")),
      ...(body !== undefined && { body }),
    });
    const agentId = claimedBy(caller, url);
    if (kind === "legacy") {
      const { signal } = request;
      const names = namesOf(url);
      return await this.#sessions.handle({ method, headers, signal, body, names, agentId, caller });
    }
    if (isListen(body)) way.hold();
    const options = { parsedBody: body, authInfo: authOf(caller) };
    const isPlain = !isListen(body) || (agentId === undefined && followedBy(body).length === 0);
    if (isPlain) return await this.#stateless.fetch(request, options);
    return await this.#listen(body, {
      caller,
      agentId,
      open: () => this.#stateless.fetch(request, options),
    });
  }

  /** A stream of the stateless revision, over which its agent is reached and runs are followed. */
  async #listen(
    body: Listen,
    { caller, agentId, open }: {
      caller: Caller;
      agentId: string | undefined;
      open: () => Promise<Response>;
    },
  ): Promise<Response> {
    const aside = new Aside(body.id);
    const link = this.#agents.link({
      notify: (params) => aside.send("notifications/message", params),
    });
    const subscriptions = this.#follow(
      caller,
      (uri) => aside.send("notifications/resources/updated", { uri }),
    );
    const onClose = () => {
      link.release();
      subscriptions.close();
    };
    try {
      for (const uri of followedBy(body)) {
        if (this.#isOurs(uri)) await subscriptions.add(uri);
      }
      return aside.beside(await open(), {
        onClose,
        onOpen() {
          if (agentId !== undefined) link.bind(agentId);
          subscriptions.ready();
        },
      });
    } catch (thrown) {
      onClose();
      if (!(thrown instanceof ProtocolError)) throw thrown;
      const { code, message } = thrown;
      return refuse({ status: 200, code, message, body });
    }
  }

  async sse(request: Request, { caller }: WayIn): Promise<Response> {
    if (request.method !== "GET") {
      return new Response(null, { status: 405, headers: { allow: "GET" } });
    }
    const { url } = request;
    const agentId = claimedBy(caller, url);
    return await this.#legacy.open({ url, names: namesOf(url), agentId, caller });
  }

  async message(request: Request, { ticket, caller }: WayIn): Promise<Response> {
    if (request.method !== "POST") {
      return refuse({ status: 400, code: INVALID_REQUEST, message: "POST is the only method" });
    }
    const read = await readBody(request, ticket, false);
    if (read instanceof Response) return read;
    const { body } = read;
    const sessionId = new URL(request.url).searchParams.get("sessionId") ?? undefined;
    return this.#legacy.post({ sessionId, body, caller });
  }

  get sessions(): number {
    return this.#sessions.count + this.#legacy.count;
  }

  async close(): Promise<void> {
    await Promise.all([this.#sessions.close(), this.#stateless.close(), this.#legacy.close()]);
  }
}

/** The body of a POST, small enough for the protocol layer, or what it is refused with. */
async function readBody(
  request: Request,
  ticket: Ticket,
  answersHere: boolean,
): Promise<{ body?: unknown } | Response> {
  let body: unknown;
  try {
    body = await readJson(request, ticket);
  } catch (error) {
    return unreadable(error as Error);
  }
  const wrong = mendArguments(body);
  if (wrong) {
    // As an answer like any other where the answer is awaited here: clients show what that says.
    const status = answersHere && !Array.isArray(body) ? 200 : 400;
    return refuse({ status, code: INVALID_PARAMS, message: wrong, body });
  }
  const refused = overlong(body);
  if (refused) return refused;
  const message = tooLargeFor(body);
  if (message) return refuse({ status: 400, code: INVALID_REQUEST, message, body });
  return { body };
}

/**
 * What the header says of the revision. Before `initialize` there is none that it could be right about:
 * the one that the client asks for there, and what is answered, count.
 */
function versionHeader(headers: Headers, body: unknown): string | null {
  const version = headers.get("mcp-protocol-version");
  const opening = isObject(body) && body.method === "initialize";
  return opening && version?.trim() !== STATELESS_VERSION ? null : version;
}

/** The refusal of a client that says too much of itself, before anything goes through all of it. */
function overlong(body: unknown): Response | undefined {
  const part = overlongPart(body);
  if (part === undefined) return undefined;
  const what = part === "initialize" ? "what initialize says of the client" : "_meta";
  const message = `${what} must be at most ${MOST_INTRODUCTION} bytes`;
  return refuse({ status: 413, code: INVALID_REQUEST, message, body });
}

/** The agent that the URL names, or whose token it is; PERMISSION_DENIED when these are two. */
function claimedBy(caller: Caller, url: string): string | undefined {
  const claimed = agentOf(url);
  checkClaim(caller, claimed);
  return caller.agent ?? claimed;
}

function unreadable(error: Error): Response {
  const what = error instanceof BodyError ? `the body ${error.message}` : "the body is not JSON";
  return refuse({ status: 400, code: PARSE_ERROR, message: what });
}

function header<K extends string>(name: K, value: string | null): { [P in K]?: string } {
  return value === null ? {} : { [name]: value } as { [P in K]: string };
}
