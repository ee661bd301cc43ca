// What nodes tell each other beside what is stored: how often, to whom, and what is made of it.

import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { Hints } from "../../../../engine/store/postgres/hints.ts";
import type { Session } from "../../../../engine/store/postgres/session.ts";
import type { Hint } from "../../../../engine/store/store.ts";
import { settle } from "../../../support/test-engine.ts";

mock.timers.enable({ apis: ["setTimeout"] });

let connections: { sent: string[]; lose(): void; hear(text: string): void }[];
let isThere: boolean;
let hints: Hints;
let heard: Hint[];
beforeEach(async () => {
  [connections, isThere, heard] = [[], true, []];
  hints = new Hints({ nodeNo: 1, connect });
  hints.onHint((hint) => heard.push(hint));
  await settle();
  hints.others = true;
});

async function connect(): Promise<Session> {
  if (!isThere) throw new Error("no");
  const made = { sent: [] as string[], lose: () => {}, hear: (_: string) => {} };
  connections.push(made);
  return {
    onLost: (tell: () => void) => made.lose = tell,
    onNotification: (tell: (text: string) => void) => made.hear = tell,
    run: async () => {},
    ask: async (_: string, [text]: [string]) => void made.sent.push(text),
    destroy() {},
  } as unknown as Session;
}

const sent = (at = 0) => connections[at]!.sent.slice(1).map((text) => JSON.parse(text));
const ALL = { messages: true, answers: null, events: true };

test("the first hint goes at once, and what comes in the next 10 ms goes together", () => {
  hints.send({ messages: true });
  assert.deepEqual(sent(), [{ node: 1, messages: true, answers: [], events: false }]);
  hints.send({ answers: ["a"] });
  hints.send({ answers: ["b"] });
  hints.send({ events: true });
  mock.timers.tick(9);
  assert.equal(sent().length, 1);
  mock.timers.tick(1);
  assert.deepEqual(sent().slice(1), [{
    ...{ node: 1, messages: false, answers: ["a", "b"], events: true },
  }]);
  mock.timers.tick(1_000);
  hints.send({ events: true });
  assert.equal(sent().length, 3);
});

test("more answers than a hint has room for may be any", () => {
  for (let n = 0; n <= 101; n++) hints.send({ answers: [`${n}`] });
  mock.timers.tick(10);
  assert.equal(sent()[1].answers, null);
});

test("nothing is sent to nobody, until another is heard of", () => {
  hints.others = false;
  hints.send({ messages: true });
  assert.deepEqual(sent(), []);
  connections[0]!.hear('{"node":2,"messages":false,"answers":[],"events":false}');
  hints.send({ messages: true });
  assert.equal(sent().length, 1);
});

test("what others say is told, not one's own, and what is not understood may be anything", () => {
  assert.deepEqual(heard.splice(0), [ALL], "what there was before it was heard");
  connections[0]!.hear('{"node":1,"messages":true,"answers":[],"events":false}');
  assert.deepEqual(heard, []);
  connections[0]!.hear('{"node":2,"messages":false,"answers":["a"],"events":false}');
  assert.deepEqual(heard.splice(0).map(({ answers }) => answers), [["a"]]);
  for (const text of ["", "null", "[", '{"node":2}']) {
    connections[0]!.hear(text);
    const { messages, answers, events }: Hint = heard.splice(0)[0]!;
    assert.deepEqual({ messages, answers, events }, ALL, text);
  }
});

test("a connection that is lost is made anew, and then anything may have been missed", async () => {
  heard = [];
  isThere = false;
  connections[0]!.lose();
  hints.send({ messages: true });
  for (let seconds = 0; seconds < 3; seconds++) {
    mock.timers.tick(1_000);
    await settle();
  }
  assert.equal(connections.length, 1);
  isThere = true;
  mock.timers.tick(1_000);
  await settle();
  assert.deepEqual(heard, [ALL]);
  hints.send({ events: true });
  assert.equal(sent(1).length, 1);
});

test("nobody connects any more once it is closed", async () => {
  connections[0]!.lose();
  await hints.close();
  mock.timers.tick(5_000);
  await settle();
  assert.equal(connections.length, 1);
});
