// How agents are told what was kept for them: each in its order, once they can be reached.

import { errorText, toErrorObject } from "../../core/errors.ts";
import { Lru } from "../../core/lru.ts";
import type { Clock } from "../../core/clock.ts";
import type { Logger } from "../../core/log.ts";
import type { Answer, Journal } from "../journal/journal.ts";
import { KeyedLock } from "../keyed-lock.ts";
import { NOTICE_MS } from "../store/notice-terms.ts";
import { emptyHandOver, type HandOver, type Store } from "../store/store.ts";
import type { AgentDoor } from "./agent-door.ts";
import { notificationOf } from "./note.ts";

/** Agents of which it is remembered that nothing is kept for them; of others it is one read away. */
const MOST_KNOWN = 10_000;

/** What it leans on. */
export interface NoticesPort {
  store: Pick<Store, "noticesOf" | "withNotices">;
  journal: Pick<Journal, "submit">;
  clock: Clock;
  log: Logger;
  door: AgentDoor;
}

export class Notices {
  readonly #port: NoticesPort;
  readonly #empty = new Lru<true>(MOST_KNOWN, Infinity);
  readonly #lock = new KeyedLock();
  /** Agents whose notices are looked for once more after what is under way. */
  readonly #waiting = new Set<string>();

  constructor(port: NoticesPort) {
    this.#port = port;
  }

  /** Other processes may have stored some: those that are there are told. */
  async look(): Promise<void> {
    const { store, door } = this.#port;
    const present = door.present();
    if (present.length === 0) return;
    for (const agentId of await store.withNotices(present)) {
      this.#empty.delete(agentId);
      this.arrived(agentId);
    }
  }

  /** What is stored for agents: those that are there are told. */
  committed({ noticing }: HandOver): void {
    for (const { agentId } of noticing?.rows ?? []) {
      this.#empty.delete(agentId);
      if (this.#port.door.isThere(agentId)) this.arrived(agentId);
    }
  }

  /** The agent can be reached: what was kept for it is sent. */
  arrived(agentId: string): void {
    if (this.#empty.peek(agentId) || this.#waiting.has(agentId)) return;
    this.#waiting.add(agentId);
    this.#lock.run(agentId, () => {
      this.#waiting.delete(agentId);
      return this.#tell(agentId);
    }).catch((thrown) => {
      // They stay, and are sent at the next occasion.
      this.#empty.delete(agentId);
      const error = errorText(toErrorObject(thrown));
      this.#port.log.warn("an agent could not be told what was kept for it", {
        agent_id: agentId,
        error,
      });
    });
  }

  async #tell(agentId: string): Promise<void> {
    const { store, clock, door } = this.#port;
    // Whoever stores one meanwhile takes it back.
    this.#empty.get(agentId, () => true);
    const rows = await store.noticesOf(agentId, clock.now() - NOTICE_MS);
    const told: string[] = [];
    for (const row of rows) {
      const { notified } = await door.notify(agentId, notificationOf(row), { standing: true });
      if (!notified) break;
      told.push(row.id);
    }
    if (told.length < rows.length) this.#empty.delete(agentId);
    if (told.length > 0) await this.#forget(told);
  }

  /** They were sent: should the process die before this is stored, they are sent once more. */
  async #forget(told: string[]): Promise<void> {
    const handOver: HandOver = {
      ...emptyHandOver(),
      noticing: { rows: [], told, withdrawn: [] },
    };
    const { journal } = this.#port;
    const answer = await new Promise<Answer>((resolve) => journal.submit(handOver, resolve));
    if (!answer.ok) throw new Error(answer.message);
  }
}
