// Who hears of the events of runs: it takes callbacks, refuses them, is slow, or is not there.

import { createHmac } from "node:crypto";
import type { CallbackEvent } from "../../../core/callback-terms.ts";
import type { JsonObject } from "../../../core/json.ts";
import type { Post, PostReply, PostRequest } from "../../../engine/callbacks/post.ts";
import { Draw } from "../../support/generate/values.ts";
import { CALLBACK_SECRET, SECRETS, someEvents } from "../generate/outside.ts";
import { weighted } from "../generate/place.ts";
import type { Life, Scheduler } from "./scheduler.ts";

/** One request that it has heard, in the order in which they came. */
export interface Heard {
  body: JsonObject;
  /** Whether its signature is right. */
  isSigned: boolean;
  /** Whether it was answered with a 2xx, be there somebody left to hear that or not. */
  isTaken: boolean;
}

type Answer = PostReply | "deaf" | "unreachable";

export class Receiver {
  /** Of which events it wants to hear; none: there is no receiver. */
  readonly events: readonly CallbackEvent[];
  readonly heard: Heard[] = [];
  readonly #draw: Draw;
  readonly #scheduler: Scheduler;
  readonly #trace: (line: string) => void;
  #isWell = false;

  constructor(
    options: {
      random: () => number;
      scheduler: Scheduler;
      trace: (line: string) => void;
      /** Instead of some that are drawn. */
      events?: readonly CallbackEvent[] | undefined;
    },
  ) {
    this.#draw = new Draw(options.random);
    this.#scheduler = options.scheduler;
    this.#trace = options.trace;
    this.events = options.events ?? someEvents(this.#draw);
  }

  /** From now on it takes everything at once. */
  clear(): void {
    this.#isWell = true;
  }

  /** How a process reaches it. What is under way when that dies is heard, and its answer is not. */
  postOf(life: Life): Post {
    return (request) =>
      new Promise((resolve, reject) => {
        request.signal.addEventListener("abort", () => reject(new Error("given up")));
        const answer = this.#answer();
        this.#trace(`callback ${request.headers["opcode-id"]}: ${JSON.stringify(answer)}`);
        if (answer === "unreachable") {
          return this.#scheduler.post("outside", life, () => reject(new Error("refused")));
        }
        this.#hear(request, answer);
        const ms = answer === "deaf" ? request.timeoutMs : this.#delay();
        this.#scheduler.work(ms, life, () => {
          if (answer === "deaf") reject(new Error("no answer in time"));
          else resolve(answer);
        });
      });
  }

  #hear({ body: text, headers }: PostRequest, answer: Answer): void {
    const expected = createHmac("sha256", SECRETS[CALLBACK_SECRET]!)
      .update(`${headers["opcode-timestamp"]}.${text}`).digest("hex");
    this.heard.push({
      body: JSON.parse(text) as JsonObject,
      isSigned: headers["opcode-signature"] === `sha256=${expected}`,
      isTaken: typeof answer === "object" && answer.status < 300,
    });
  }

  #answer(): Answer {
    if (this.#isWell) return { status: 200 };
    return weighted<Answer>(this.#draw, [
      [{ status: 200 }, 10],
      [{ status: 500 }, 4],
      [{ status: 503, retryAfterMs: 60_000 }, 2],
      ["unreachable", 3],
      ["deaf", 1],
      [{ status: 410 }, 0.3],
    ]);
  }

  #delay(): number {
    return this.#isWell ? 0 : this.#draw.pick([0, 0, 50, 4_000]);
  }
}
