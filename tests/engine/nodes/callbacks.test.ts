// Who sends callbacks where there are several nodes: one at a time, in the order of the run's events.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { PostReply, PostRequest } from "../../../engine/callbacks/post.ts";
import { eventually, type Node, Nodes } from "../../support/nodes.ts";
import { TestVault } from "../../support/test-vault.ts";

const nodes = new Nodes();
const ASK = [{
  id: "q",
  type: "reasoning",
  config: { prompt_context: "which?", options: [{ id: "yes" }] },
}];

/** What reaches the receiver, by the nodes that send it. */
class Receiver {
  readonly taken: string[] = [];
  readonly senders: string[] = [];
  reply: PostReply = { status: 503 };
  /** How many wait for an answer, and the most that ever did. */
  #open = 0;
  most = 0;

  async start(name: string): Promise<Node> {
    return await nodes.start({
      secrets: new TestVault({ S: "sesame" }),
      post: (request) => this.#take(name, request),
    });
  }

  async #take(sender: string, { body }: PostRequest): Promise<PostReply> {
    this.most = Math.max(this.most, ++this.#open);
    // The others have time to do the same.
    await new Promise((resolve) => setTimeout(resolve, 30));
    this.#open--;
    this.senders.push(sender);
    if (this.reply.status === 200) this.taken.push(JSON.parse(body).event);
    return this.reply;
  }
}

async function define({ engine }: Node): Promise<void> {
  await engine.opcode.define({
    name: "w",
    agent_id: "author",
    definition: { steps: ASK },
    triggers: {
      notify: { url: "http://receiver.test/", events: ["suspended", "completed"], secret: "S" },
    },
  });
}

async function decide({ engine }: Node, workflow_id: string): Promise<void> {
  const { rows } = await engine.opcode.query({ resource: "decisions" });
  const { decision_id } = rows[0] as unknown as { decision_id: string };
  await engine.opcode.signal({
    ...{ workflow_id, decision_id, agent_id: "person", payload: { choice: "yes" } },
    signal_type: "decision",
    wait_ms: 0,
  });
}

/** A run that one node has, while another one has tried its first callback and goes on with that. */
async function parted(): Promise<{ receiver: Receiver; a: Node; b: Node; id: string }> {
  const receiver = new Receiver();
  const [a, b] = [await receiver.start("a"), await receiver.start("b")];
  await define(a);
  const { workflow_id: id } = await a.engine.opcode.run({
    ...{ template_name: "w", agent_id: "x", wait_ms: 0 },
  });
  await eventually(a, () => receiver.senders.length > 0, "a first attempt");
  // The run comes to whoever is asked, its callback stays with who has tried it.
  await a.store.ownership!.release(id);
  await decide(b, id);
  return { receiver, a, b, id };
}

async function nothingLeft(): Promise<boolean> {
  return (await nodes.database.rows("SELECT 1 AS one FROM callbacks")).length === 0;
}

test("of several nodes that find what a dead one has left one sends it", async () => {
  const receiver = new Receiver();
  const a = await receiver.start("a");
  const others = [await receiver.start("b"), await receiver.start("c")];
  await define(a);
  const { workflow_id: id } = await a.engine.opcode.run({
    ...{ template_name: "w", agent_id: "x", wait_ms: 0 },
  });
  await decide(a, id);
  await eventually(a, () => receiver.senders.length > 0, "a first attempt");
  await nodes.die(a);
  receiver.most = 0;
  receiver.reply = { status: 200 };
  await eventually(others, nothingLeft, "nothing to be left");
  assert.deepEqual(receiver.taken, ["suspended", "completed"]);
  assert.equal(receiver.most, 1, "one at a time");
});

test("a callback that waits for one of another node follows it", async () => {
  const { receiver, a, b } = await parted();
  receiver.reply = { status: 200 };
  await eventually([a, b], nothingLeft, "nothing to be left");
  assert.deepEqual(receiver.taken, ["suspended", "completed"]);
  assert.equal(receiver.senders.at(-1), "b");
});

test("a callback that one node gives up is told in the log of a run that another one has", async () => {
  const { receiver, a, b, id } = await parted();
  // It wants nothing more.
  receiver.reply = { status: 410 };
  const givenUp = async () => {
    const filter = { workflow_id: id, event_type: "callback_failed" };
    return (await b.engine.opcode.query({ resource: "events", filter })).rows.length;
  };
  await eventually([a, b], async () => await givenUp() === 2, "both to be given up");
  assert.ok(receiver.senders.includes("a"));
});
