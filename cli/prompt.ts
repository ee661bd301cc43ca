// How a person types what nobody may see: without an echo, and never on the command line.

import type { ReadStream } from "node:tty";
import { UsageError } from "./usage-error.ts";

const ENTER = new Set(["\r", "\n"]);
const BACKSPACE = new Set(["\x7f", "\b"]);
const CLEAR = "\x15";
const INTERRUPT = "\x03";
const END = "\x04";
/** What arrow keys and the like send. */
// deno-lint-ignore no-control-regex
const SEQUENCES = /\x1b[[O][0-9;]*[A-Za-z~]/g;

/** Raised by Ctrl-C or Ctrl-D: nothing has been done. */
export class Interrupted extends Error {
  override readonly message = "interrupted; nothing was changed";
}

/** Asks on a terminal, one line a question. */
export class Prompter {
  readonly #input: Pick<ReadStream, "setRawMode" | "setEncoding" | "on" | "off" | "pause">;
  readonly #tell: (text: string) => void;
  /** Typed ahead, or pasted with line ends in it. */
  #ahead: string[] = [];

  constructor(options: {
    input: Pick<ReadStream, "setRawMode" | "setEncoding" | "on" | "off" | "pause">;
    tell: (text: string) => void;
  }) {
    this.#input = options.input;
    this.#tell = options.tell;
  }

  /** What is typed until Enter; throws Interrupted. */
  async ask(question: string): Promise<string> {
    // Before the question is seen: what is typed the moment it stands there must not be echoed.
    this.#input.setRawMode(true);
    this.#input.setEncoding("utf8");
    try {
      this.#tell(`${question}: `);
      return await this.#line();
    } finally {
      this.#input.setRawMode(false);
      this.#input.pause();
      this.#tell("\n");
    }
  }

  /** The same line twice; throws UsageError when they differ. */
  async askTwice(question: string): Promise<string> {
    const first = await this.ask(question);
    if (await this.ask("The same again") === first) return first;
    throw new UsageError("the two are not the same; nothing was changed");
  }

  #line(): Promise<string> {
    const typed: string[] = [];
    return new Promise((resolve, reject) => {
      const read = () => {
        for (let char = this.#ahead.shift(); char !== undefined; char = this.#ahead.shift()) {
          if (ENTER.has(char)) return end(() => resolve(typed.join("")));
          if (char === INTERRUPT || char === END) return end(() => reject(new Interrupted()));
          if (BACKSPACE.has(char)) typed.pop();
          else if (char === CLEAR) typed.length = 0;
          else if (char >= " " || char === "\t") typed.push(char);
        }
      };
      const onData = (chunk: unknown) => {
        this.#ahead.push(...String(chunk).replaceAll(SEQUENCES, ""));
        read();
      };
      const end = (settle: () => void) => {
        this.#input.off("data", onData);
        settle();
      };
      this.#input.on("data", onData);
      read();
    });
  }
}
