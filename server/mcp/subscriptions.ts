// Which runs a client follows as resources, and how it is told that one has changed.

import {
  ProtocolError,
  ProtocolErrorCode,
  ResourceNotFoundError,
} from "@modelcontextprotocol/server";
import type { Clock } from "../../core/clock.ts";
import { OpcodeError } from "../../core/errors.ts";
import { quoted } from "../../core/text.ts";
import type { Opcode } from "../../engine/api.ts";
import { RUN_TEMPLATE, runOf } from "./resource-uris.ts";

/** Runs that one session follows. */
export const MOST_FOLLOWED = 100;
/** The same of all sessions together: each is told of every commit of its run. */
const MOST_OF_ALL = 20_000;
/** Between two notices of one run, ms: what is committed meanwhile is told by the second. */
export const PAUSE_MS = 200;

/** How many there are in all sessions. */
export class FollowRoom {
  readonly most: number;
  used = 0;

  constructor(most = MOST_OF_ALL) {
    this.most = most;
  }
}

export interface SubscriptionsOptions {
  /** What the caller may see of the engine. */
  opcode: Pick<Opcode, "subscribe" | "checkWorkflow">;
  clock: Clock;
  room: FollowRoom;
  /** Tells the client that the resource has changed; false when it does not read at the moment. */
  tell(uri: string): boolean;
}

interface Followed {
  stop: () => void;
  /** Whether it has changed since the client was told. */
  changed: boolean;
  /** Ends the pause after a notice; null when there is none. */
  resume: (() => void) | null;
}

/** Of one session: ends with it. */
export class Subscriptions {
  readonly #options: SubscriptionsOptions;
  readonly #followed = new Map<string, Followed>();
  #closed = false;

  constructor(options: SubscriptionsOptions) {
    this.#options = options;
  }

  get count(): number {
    return this.#followed.size;
  }

  /** Resolves when every commit of the run from now on is told. */
  async add(uri: string): Promise<void> {
    const id = runOf(uri);
    if (id === undefined) {
      throw refusal(`uri: only ${RUN_TEMPLATE} can be subscribed to, got ${quoted(uri)}`);
    }
    if (this.#followed.has(uri)) return;
    const { opcode } = this.#options;
    this.#takePlace();
    const followed: Followed = { stop: () => {}, changed: false, resume: null };
    this.#followed.set(uri, followed);
    // What is committed while it is looked for is told, too.
    followed.stop = opcode.subscribe(() => this.#hear(uri, followed), id);
    try {
      await opcode.checkWorkflow(id);
    } catch (thrown) {
      this.remove(uri);
      const isMissing = thrown instanceof OpcodeError &&
        (thrown.code === "NOT_FOUND" || thrown.code === "VALIDATION_ERROR");
      throw isMissing ? new ResourceNotFoundError(uri) : thrown;
    }
  }

  #takePlace(): void {
    const { room } = this.#options;
    if (this.#followed.size >= MOST_FOLLOWED) {
      throw refusal(
        `as many resources are subscribed to as one session may (${MOST_FOLLOWED}): ` +
          "resources/unsubscribe from one first",
        MOST_FOLLOWED,
      );
    }
    if (this.#closed || room.used >= room.most) {
      throw refusal(
        `as many resources are subscribed to by all clients as there is room for (${room.most})`,
        room.most,
      );
    }
    room.used++;
  }

  remove(uri: string): void {
    const followed = this.#followed.get(uri);
    if (followed === undefined) return;
    this.#followed.delete(uri);
    this.#options.room.used--;
    followed.stop();
    followed.resume?.();
  }

  /** The client reads: it is told what has changed while it did not. */
  ready(): void {
    for (const [uri, followed] of this.#followed) {
      if (followed.changed && followed.resume === null) this.#tell(uri, followed);
    }
  }

  close(): void {
    this.#closed = true;
    for (const uri of [...this.#followed.keys()]) this.remove(uri);
  }

  #hear(uri: string, followed: Followed): void {
    followed.changed = true;
    if (followed.resume === null) this.#tell(uri, followed);
  }

  #tell(uri: string, followed: Followed): void {
    const { clock, tell } = this.#options;
    if (!tell(uri)) return;
    followed.changed = false;
    followed.resume = clock.after(PAUSE_MS, () => {
      followed.resume = null;
      if (followed.changed) this.#tell(uri, followed);
    });
  }
}

function refusal(message: string, limit?: number): ProtocolError {
  const { InvalidParams } = ProtocolErrorCode;
  return new ProtocolError(InvalidParams, message, limit === undefined ? undefined : { limit });
}
