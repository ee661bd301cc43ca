// How the thread is started that watches whose turn it is, and how it ends.

import { OpcodeError } from "../../../core/errors.ts";
import { startThread } from "../../../core/thread.ts";
import type { NodeKey } from "./node.ts";
import type { ServerAddress } from "./url.ts";
import type { WatchData } from "./watch-thread.ts";

export class TurnWatch {
  readonly turns: Float64Array;
  readonly #worker: ReturnType<typeof startThread>;
  readonly #ended: Promise<void>;
  #isEnding = false;

  /** `onDeath`: told once if it ends without having been asked to. */
  constructor(
    { address, node: { no, incarnation }, onDeath }: {
      address: ServerAddress;
      node: NodeKey;
      onDeath: (error: OpcodeError) => void;
    },
  ) {
    const turns = new SharedArrayBuffer(2 * Float64Array.BYTES_PER_ELEMENT);
    this.turns = new Float64Array(turns);
    const workerData: WatchData = { turns, address, node: { no, incarnation } };
    this.#worker = startThread(new URL("./watch-thread.ts", import.meta.url), { workerData });
    let reason: string | null = null;
    this.#worker.on("error", (error) => reason = (error as Error | null)?.message ?? String(error));
    this.#ended = new Promise((resolve) =>
      this.#worker.on("exit", (code) => {
        resolve();
        if (this.#isEnding) return;
        const why = reason ?? `it ended with code ${code}`;
        onDeath(
          new OpcodeError("STORE_ERROR", `the store's thread that watches turns failed: ${why}`),
        );
      })
    );
  }

  /** Nothing is noted any more once that is done. */
  async close(): Promise<void> {
    this.#isEnding = true;
    this.#worker.postMessage(null);
    await this.#ended;
  }

  /** Ends it at once, whatever it does. */
  async destroy(): Promise<void> {
    this.#isEnding = true;
    await this.#worker.terminate();
  }
}
