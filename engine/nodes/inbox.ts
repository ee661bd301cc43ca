// How signals come to their runs here that were sent to other nodes: each is applied once, and answered with it.

import { toErrorObject } from "../../core/errors.ts";
import { parseJson } from "../../core/exact-json.ts";
import type { SignalRequest } from "../api.ts";
import { Elsewhere, isPassing } from "../actor/runs.ts";
import type { EngineEnv } from "../engine-env.ts";
import { reached } from "../signals/reach.ts";
import type { Hint, Message } from "../store/store.ts";
import { Lookout } from "./lookout.ts";

/** How often it is looked whether there are any, ms. */
const LOOK_MS = 100;
/** Messages that are read at a time. */
const PAGE = 100;

export class Inbox {
  readonly #env: EngineEnv;
  readonly #lookout: Lookout;
  /** On their way to their runs. */
  readonly #open = new Set<string>();

  constructor(env: EngineEnv) {
    this.#env = env;
    const look = () => this.#look();
    const isMeant = ({ messages }: Hint) => messages;
    this.#lookout = new Lookout(env, { everyMs: LOOK_MS, what: "reading messages", look, isMeant });
  }

  start(): void {
    this.#lookout.start();
  }

  stop(): void {
    this.#lookout.stop();
  }

  async #look(): Promise<void> {
    const { store, runs, log } = this.#env;
    for (const message of await store.ownership!.asked(PAGE)) {
      if (this.#open.has(message.id) || runs.stopping) continue;
      this.#open.add(message.id);
      this.#take(message).catch((thrown) => {
        if (!runs.stopping) log.error("a message was not answered", { error: String(thrown) });
      }).finally(() => this.#open.delete(message.id));
    }
  }

  async #take({ id, runId, request }: Message): Promise<void> {
    const { runs, store } = this.#env;
    try {
      const signal = parseJson<SignalRequest>(request);
      // Also one that is not in memory, and whose node is gone.
      await reached(this.#env, runId, signal);
      await new Promise<unknown>((accepted, refused) =>
        runs.post(runId, {
          kind: "signal",
          request: signal,
          reply: { accepted, refused },
          message: id,
        })
      );
    } catch (thrown) {
      // It is another's by now, or nobody's in a moment: whoever has it then reads the message.
      if (thrown instanceof Elsewhere || isPassing(thrown)) return;
      await store.ownership!.answer({ id, text: JSON.stringify({ error: toErrorObject(thrown) }) });
    }
  }
}
