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

/** Raised by Ctrl-C, Ctrl-D and a terminal that has gone: nothing has been done. */
export class Interrupted extends Error {
  override readonly message = "interrupted; nothing was changed";
}

type Input = Pick<
  ReadStream,
  "setRawMode" | "setEncoding" | "on" | "off" | "pause" | "resume"
>;

/**
 * Asks on a terminal, one line a question. From the first question until `close` nothing that is
 * typed is echoed: whoever types ahead types what nobody may see, too.
 */
export class Prompter {
  readonly #input: Input;
  readonly #tell: (text: string) => void;
  readonly #interrupt: () => void;
  /** Typed ahead, or pasted with line ends in it. */
  #ahead: string[] = [];
  #open = false;
  #gone = false;
  /** Reads what has come, while a question stands. */
  #read: (() => void) | null = null;
  readonly #onData = (chunk: unknown) => {
    this.#ahead.push(...String(chunk).replaceAll(SEQUENCES, ""));
    if (this.#read) return this.#read();
    if (!this.#ahead.includes(INTERRUPT)) return;
    // Nobody asks: whatever takes its time must end as at any terminal.
    this.close();
    this.#interrupt();
  };
  readonly #onEnd = () => {
    this.#gone = true;
    this.#read?.();
  };

  /** `interrupt`: what Ctrl-C does between two questions. */
  constructor(options: {
    input: Input;
    tell: (text: string) => void;
    interrupt?: () => void;
  }) {
    this.#input = options.input;
    this.#tell = options.tell;
    this.#interrupt = options.interrupt ?? (() => process.kill(process.pid, "SIGINT"));
  }

  /** What is typed until Enter; throws Interrupted. */
  async ask(question: string): Promise<string> {
    // Before the question is seen: what is typed the moment it stands there must not be echoed.
    this.#begin();
    this.#tell(`${question}: `);
    try {
      return await this.#line();
    } finally {
      this.#read = null;
      this.#tell("\n");
    }
  }

  /**
   * The same line twice; throws UsageError when they differ. `check` may refuse the first, before
   * anybody types it again.
   */
  async askTwice(question: string, check: (text: string) => void = () => {}): Promise<string> {
    const first = await this.ask(question);
    check(first);
    if (await this.ask("The same again") === first) return first;
    throw new UsageError("the two are not the same; nothing was changed");
  }

  /** Gives the terminal back as it was. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#input.off("data", this.#onData);
    this.#input.off("end", this.#onEnd);
    this.#input.setRawMode(false);
    this.#input.pause();
  }

  #begin(): void {
    if (this.#open) return;
    this.#open = true;
    this.#input.setRawMode(true);
    this.#input.setEncoding("utf8");
    this.#input.on("data", this.#onData);
    this.#input.on("end", this.#onEnd);
    // A stream that was paused once does not flow again by having a listener.
    this.#input.resume();
  }

  #line(): Promise<string> {
    const typed: string[] = [];
    return new Promise((resolve, reject) => {
      this.#read = () => {
        for (let char = this.#ahead.shift(); char !== undefined; char = this.#ahead.shift()) {
          if (ENTER.has(char)) return resolve(typed.join(""));
          if (char === INTERRUPT || char === END) return reject(new Interrupted());
          if (BACKSPACE.has(char)) typed.pop();
          else if (char === CLEAR) typed.length = 0;
          else if (char >= " " || char === "\t") typed.push(char);
        }
        if (this.#gone) reject(new Interrupted());
      };
      this.#read();
    });
  }
}
