// Which agents can be reached now, and over which of their open streams.

import type { JsonObject } from "../../core/json.ts";
import type { Notification, Notified } from "../../engine/api.ts";

export type AgentMessage = Notification;

/** A stream that a client reads. */
export interface Channel {
  /** Sends a notifications/message with these params; false when nobody reads at the moment. */
  notify(params: MessageParams): boolean;
}

export interface MessageParams extends JsonObject {
  level: "info";
  logger: "opcode";
  data: JsonObject;
}

/** Agents that one channel may speak for; the longest unused go first. */
const MOST_AGENTS = 1_000;
/** Ties of all channels to agents. Above it each channel keeps only the newest one of its own. */
const MOST_TIES = 50_000;

export interface Link {
  bind: (agentId: string) => void;
  /** Its client reads from now on. */
  ready: () => void;
  release: () => void;
  /** The agent that spoke last. */
  agent: () => string | undefined;
}

/**
 * Agents by name, each with its standing channels (a legacy stream, a session's GET stream, a
 * listen stream) and those of its calls in flight.
 */
export class AgentRegistry {
  readonly #standing = new Map<string, Set<Channel>>();
  readonly #calls = new Map<string, Set<Channel>>();
  readonly #arrived: (agentId: string) => void;
  /** Standing ties of channels to agents. */
  #ties = 0;

  /** `arrived` is told when a standing channel of an agent is there, or its client reads it. */
  constructor(arrived: (agentId: string) => void = () => {}) {
    this.#arrived = arrived;
  }

  /** A standing channel: `bind` ties it to an agent, `release` ends all its ties. */
  link(channel: Channel): Link {
    const agentIds = new Set<string>();
    let last: string | undefined;
    return {
      agent: () => last,
      ready: () => {
        for (const agentId of agentIds) this.#arrived(agentId);
      },
      bind: (agentId) => {
        last = agentId;
        if (!agentIds.delete(agentId)) this.#ties++;
        agentIds.add(agentId);
        add(this.#standing, agentId, channel);
        this.#arrived(agentId);
        for (const oldest of agentIds) {
          const most = this.#ties > MOST_TIES ? 1 : MOST_AGENTS;
          if (agentIds.size <= most) return;
          agentIds.delete(oldest);
          this.#ties--;
          drop(this.#standing, oldest, channel);
        }
      },
      release: () => {
        for (const agentId of agentIds) drop(this.#standing, agentId, channel);
        this.#ties -= agentIds.size;
        agentIds.clear();
      },
    };
  }

  /** Ties the stream of one call to its agent; the answer unties it. */
  call(agentId: string, channel: Channel): () => void {
    add(this.#calls, agentId, channel);
    return () => drop(this.#calls, agentId, channel);
  }

  /** Whether it has a standing channel, on which somebody may read. */
  isThere(agentId: string): boolean {
    return this.#standing.has(agentId);
  }

  /** Those that have one. */
  present(): string[] {
    return [...this.#standing.keys()];
  }

  /**
   * Sends to every standing channel of the agent, or else, unless it must be one of these, to one of
   * its calls in flight.
   */
  notify(
    agentId: string,
    message: AgentMessage,
    { standing = false }: { standing?: boolean } = {},
  ): Notified {
    const params = messageParams(message);
    let sent = false;
    for (const channel of this.#standing.get(agentId) ?? []) sent = channel.notify(params) || sent;
    if (!sent && !standing) {
      sent = [...this.#calls.get(agentId) ?? []].some((channel) => channel.notify(params));
    }
    return sent ? { notified: true } : { notified: false, reason: "agent_not_connected" };
  }
}

/**
 * The protocol defines `level`, `logger` and `data`, and clients drop what it does not define: all
 * is in `data`. The flat copies are for agents that read the message as it comes.
 */
function messageParams({ data, ...said }: AgentMessage): MessageParams {
  const { message, workflow_id, step_id } = said;
  return {
    level: "info",
    logger: "opcode",
    data: { ...said, data: data ?? null },
    message,
    workflow_id,
    step_id,
  };
}

function add(map: Map<string, Set<Channel>>, agentId: string, channel: Channel): void {
  const channels = map.get(agentId) ?? new Set();
  map.set(agentId, channels.add(channel));
}

function drop(map: Map<string, Set<Channel>>, agentId: string, channel: Channel): void {
  const channels = map.get(agentId);
  if (channels?.delete(channel) && channels.size === 0) map.delete(agentId);
}
