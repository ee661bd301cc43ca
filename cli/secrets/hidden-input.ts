// Where a value that nobody may see is read from: a prompt on a terminal, else standard input.

import { buffer } from "node:stream/consumers";
import { isatty, ReadStream } from "node:tty";
import { textOf, withoutLineEnd } from "../../server/settings/secret-file.ts";
import { newKeyFault } from "../../engine/vault/rules.ts";
import { Prompter } from "../prompt.ts";
import { UsageError } from "../usage-error.ts";

/** Bytes of standard input that are read at most; no value or key is as long. */
const MOST_BYTES = 1024 * 1024;

export class HiddenInput {
  /** Asks the person at the terminal; undefined when standard input comes from elsewhere. */
  readonly terminal: Prompter | undefined;

  constructor() {
    if (!isatty(0)) return;
    const input = process.stdin as ReadStream;
    this.terminal = new Prompter({ input, tell: (line) => void process.stderr.write(line) });
  }

  /** Nothing more is asked. */
  close(): void {
    this.terminal?.close();
  }

  /** A value; its last line end counts only with `keepNewline`. */
  async value(question: string, options: { keepNewline: boolean }): Promise<string> {
    if (this.terminal) return await this.terminal.ask(question);
    const given = await standardInput();
    return options.keepNewline ? given : withoutLineEnd(given);
  }

  /** A key; one that nobody has typed before is asked for twice. `why`: before what is wrong with it. */
  async key(question: string, options: { isNew: boolean; why?: string }): Promise<string> {
    const { why = "" } = options;
    const check = options.isNew ? (key: string) => checkNewKey(key, why) : checkKey;
    if (this.terminal && options.isNew) return await this.terminal.askTwice(question, check);
    const key = this.terminal
      ? await this.terminal.ask(question)
      : withoutLineEnd(await standardInput());
    check(key);
    return key;
  }
}

function checkKey(key: string): void {
  if (key === "") throw new UsageError("the key must not be empty");
}

/** Throws UsageError for what no vault may be given as its key. */
function checkNewKey(key: string, why: string): void {
  const fault = newKeyFault(key);
  if (fault !== undefined) {
    throw new UsageError(`${why}a new passphrase ${fault}; nothing was changed`);
  }
}

async function standardInput(): Promise<string> {
  const given = await buffer(process.stdin);
  if (given.length > MOST_BYTES) {
    throw new UsageError(`standard input: must be at most ${MOST_BYTES} bytes`);
  }
  const text = textOf(given);
  if (text === undefined) {
    throw new UsageError("standard input: must be UTF-8 text; put bytes in as base64, for example");
  }
  return text;
}
