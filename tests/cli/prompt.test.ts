// How a hidden line is typed: no echo, corrections, interruption, lines that come at once.

import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { test } from "node:test";
import { Interrupted, Prompter } from "../../cli/prompt.ts";
import { UsageError } from "../../cli/usage-error.ts";

class Terminal extends EventEmitter {
  raw: boolean[] = [];
  shown = "";
  setRawMode(on: boolean) {
    this.raw.push(on);
    return this as never;
  }
  setEncoding() {
    return this as never;
  }
  pause() {
    return this as never;
  }
  resume() {
    return this as never;
  }
  type(text: string) {
    this.emit("data", text);
  }
}

function open() {
  const terminal = new Terminal();
  const interrupts: string[] = [];
  const prompter = new Prompter({
    input: terminal as never,
    tell: (text) => void (terminal.shown += text),
    interrupt: () => void interrupts.push("interrupt"),
  });
  return { terminal, prompter, interrupts };
}

test("what is typed is answered and not shown", async () => {
  const { terminal, prompter } = open();
  const asked = prompter.ask("Value of A");
  terminal.type("s3c");
  terminal.type("ret 🌍\r");
  assert.equal(await asked, "s3cret 🌍");
  assert.equal(terminal.shown, "Value of A: \n");
  prompter.close();
  assert.deepEqual(terminal.raw, [true, false]);
  assert.equal(terminal.listenerCount("data"), 0);
});

test("the question is shown only when nothing is echoed any more", async () => {
  const terminal = new Terminal();
  const rawWhenTold: boolean[] = [];
  const tell = () => void rawWhenTold.push(terminal.raw.at(-1) ?? false);
  const asked = new Prompter({ input: terminal as never, tell }).ask("Key");
  terminal.type("k\r");
  await asked;
  assert.equal(rawWhenTold[0], true);
});

test("backspace takes back a character, Ctrl-U the line; other control characters are nothing", async () => {
  const { terminal, prompter } = open();
  const asked = prompter.ask("Key");
  terminal.type("wrong\x15\x1b[Aa\x1b[3~b🌍\x7f\x1b\x00c\td\n");
  assert.equal(await asked, "abc\td");
});

test("Ctrl-C and Ctrl-D end it, and the terminal is as before", async () => {
  for (const key of ["\x03", "\x04"]) {
    const { terminal, prompter } = open();
    const asked = prompter.ask("Key");
    terminal.type(`half${key}`);
    await assert.rejects(asked, Interrupted);
    prompter.close();
    assert.deepEqual(terminal.raw, [true, false]);
  }
});

test("a new key is asked for twice, and must be the same", async () => {
  const { terminal, prompter } = open();
  const asked = prompter.askTwice("New passphrase");
  terminal.type("one\rone\r");
  assert.equal(await asked, "one");
  const differing = prompter.askTwice("New passphrase");
  terminal.type("one\rother\r");
  await assert.rejects(differing, UsageError);
});

test("between two questions nothing is echoed, and what is typed ahead answers the next", async () => {
  const { terminal, prompter } = open();
  const first = prompter.ask("Value");
  terminal.type("value\r");
  await first;
  assert.deepEqual(terminal.raw, [true]);
  terminal.type("key");
  const second = prompter.ask("Key");
  terminal.type("!\r");
  assert.equal(await second, "key!");
});

test("Ctrl-C between two questions interrupts whatever goes on", async () => {
  const { terminal, prompter, interrupts } = open();
  const first = prompter.ask("Value");
  terminal.type("value\r");
  await first;
  terminal.type("\x03");
  assert.deepEqual(interrupts, ["interrupt"]);
  assert.deepEqual(terminal.raw, [true, false]);
});

test("a terminal that goes away ends the question, also the next one", async () => {
  const { terminal, prompter } = open();
  const asked = prompter.ask("Key");
  terminal.emit("end");
  await assert.rejects(asked, Interrupted);
  await assert.rejects(prompter.ask("Key"), Interrupted);
});
