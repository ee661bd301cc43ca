// Whether what needs memory waits as long as something is about to let go of some, and no longer.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { OpcodeError } from "../../../core/errors.ts";
import { Budgets } from "../../../engine/memory/budgets.ts";
import { Share } from "../../../engine/memory/share.ts";
import { Claim } from "../../../engine/memory/claim.ts";

const LIMITS = { runBytes: 100, agentBytes: 150, totalBytes: 220, runSteps: 1 };

interface Known {
  budgets: Budgets;
  share: Share;
}

function share(budgets: Budgets, agentId = "a"): Share {
  const share = new Share();
  budgets.admit(share, { runNo: 1, agentId });
  return share;
}

function known(): Known {
  const budgets = new Budgets(LIMITS);
  return { budgets, share: share(budgets) };
}

/** What becomes of taking bytes, once all that follows from what is the case has followed. */
function taking(claim: Claim, bytes: number) {
  const taken = { is: "waiting" };
  const over = (is: string) => taken.is = is;
  try {
    const later = claim.take(bytes);
    if (!later) over("taken");
    else later.then(() => over("taken"), ({ code }: OpcodeError) => over(code));
  } catch (thrown) {
    over((thrown as OpcodeError).code);
  }
  return taken;
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

test("a claim waits while another's is about to become an output, and then goes", async () => {
  const { budgets, share } = known();
  const [first, second] = [new Claim(budgets, share), new Claim(budgets, share)];
  assert.equal(taking(first, 70).is, "taken");
  const waits = taking(second, 50);
  await turn();
  assert.equal(waits.is, "waiting");
  first.end();
  await turn();
  assert.equal(waits.is, "taken");
  assert.equal(share.held, 50);
  second.end();
  assert.deepEqual([share.held, share.moving, budgets.held, budgets.moving], [0, 0, 0, 0]);
});

test("who holds little does not wait for those who fill the process", async () => {
  const budgets = new Budgets(LIMITS);
  const [a, b, small] = ["a", "b", "small"].map((agentId) => share(budgets, agentId));
  const claims = [a!, b!].map((share) => new Claim(budgets, share));
  // 210 of 220 are on their way out of memory.
  a!.hold(15);
  for (const claim of claims) {
    assert.equal(taking(claim, claim === claims[0] ? 85 : 100).is, "taken");
  }
  b!.hold(10);
  const [little, much] = [new Claim(budgets, small!), new Claim(budgets, small!)];
  // A quarter of 220 is kept for three agents: 18 for each.
  assert.equal(taking(little, 18).is, "taken");
  const waits = taking(much, 1);
  assert.equal(waits.is, "waiting");
  claims[0]!.end();
  await turn();
  assert.equal(waits.is, "taken");
});

test("a claim is refused once nothing is left that could make room", async () => {
  const { budgets, share } = known();
  share.hold(60);
  share.move(1);
  const waits = taking(new Claim(budgets, share), 50);
  await turn();
  assert.equal(waits.is, "waiting");
  share.move(-1);
  await turn();
  assert.equal(waits.is, "BUDGET_EXCEEDED");
  assert.equal(share.held, 60, "what was refused is not counted");
  assert.equal(taking(new Claim(budgets, share), 50).is, "BUDGET_EXCEEDED");
});

test("what is stored makes room when it can be let go of", async () => {
  const { budgets, share } = known();
  share.hold(90);
  share.move(1);
  const waits = taking(new Claim(budgets, share), 50);
  share.letGo = () => share.drop(80);
  share.loosened();
  share.move(-1);
  await turn();
  assert.equal(waits.is, "taken");
  assert.equal(share.held, 60);
});

test("those of a run go in their order, and two that wait for each other do not wait for ever", async () => {
  const { budgets, share } = known();
  const [first, second] = [new Claim(budgets, share), new Claim(budgets, share)];
  taking(first, 45);
  taking(second, 45);
  const [more, others] = [taking(first, 30), taking(second, 30)];
  await turn();
  // The second has nobody to wait for; it lets go of what it had, and so there is room for the first.
  assert.deepEqual([more.is, others.is], ["taken", "BUDGET_EXCEEDED"]);
  assert.equal(share.held, 75);
});

test("one that is given up is told so, and keeps nothing", async () => {
  const { budgets, share } = known();
  share.hold(60);
  share.move(1);
  const claim = new Claim(budgets, share);
  const waits = taking(claim, 50);
  claim.end();
  share.move(-1);
  await turn();
  assert.equal(waits.is, "CANCELLED");
  assert.equal(share.held, 60);
});

test("what another run of the agent lets go of is waited for, and that of another agent", async () => {
  const { budgets, share: mine } = known();
  const [sibling, stranger] = [share(budgets), share(budgets, "b")];
  sibling.hold(90);
  sibling.move(1);
  const waits = taking(new Claim(budgets, mine), 80);
  await turn();
  assert.equal(waits.is, "waiting", "150 bytes for the agent");
  sibling.drop(90);
  sibling.move(-1);
  await turn();
  assert.equal(waits.is, "taken");
  stranger.hold(90);
  stranger.move(1);
  const other = taking(new Claim(budgets, share(budgets, "c")), 60);
  await turn();
  assert.equal(other.is, "waiting", "220 bytes for all");
  budgets.dismiss(stranger);
  await turn();
  assert.equal(other.is, "taken");
});
