// What an agent with an identity sees of schedules, and may do with them.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ScheduleRequest } from "../../../engine/contract/schedule.ts";
import { openTestEngine, pass, settle } from "../../support/test-engine.ts";

const AGENTS = {
  alice: { allow: ["test.echo"], templates: ["a-*", "shared"], decide: "own" as const },
  bob: { allow: ["*"], templates: ["b-*", "shared"], decide: ["alice"] },
};
const HOUR = 3_600_000;

async function open() {
  const engine = await openTestEngine({ agents: AGENTS });
  engine.clock.advance(HOUR - engine.clock.now() % HOUR);
  await settle();
  for (const name of ["a-x", "b-x", "shared"]) {
    await engine.define(name, [{ id: "a", action: "test.echo", params: {} }]);
  }
  await engine.define("a-fails", [{ id: "a", action: "test.fail" }]);
  const { opcode } = engine;
  return { engine, opcode, alice: opcode.as("alice"), bob: opcode.as("bob") };
}

const of = (template_name: string, more = {}): ScheduleRequest => ({
  ...{ name: `of-${template_name}`, template_name, cron: "0 * * * *", agent_id: "alice" },
  ...more,
});

test("it makes schedules of templates that it sees, whose actions it may use, as itself", async () => {
  const { alice } = await open();
  const { agent_id: _, ...unsigned } = of("a-x");
  const made = await alice.schedules.create(unsigned as ScheduleRequest);
  assert.equal(made.agent_id, "alice");
  await assert.rejects(alice.schedules.create(of("b-x")), /template "b-x" not found/);
  await assert.rejects(alice.schedules.create(of("a-fails")), /may not use the action test.fail/);
  const asBob = of("shared", { agent_id: "bob" });
  await assert.rejects(alice.schedules.create(asBob), /the token is that of agent "alice"/);
  const moved = alice.schedules.update("of-a-x", { template_name: "b-x" });
  await assert.rejects(moved, /template "b-x" not found/);
});

test("it sees those of templates that it sees, and others are not there", async () => {
  const { opcode, alice, bob } = await open();
  for (const name of ["a-x", "b-x", "shared"]) {
    await opcode.schedules.create(of(name, { agent_id: "admin" }));
  }
  const { rows } = await alice.query({ resource: "schedules" });
  assert.deepEqual(rows.map(({ name }) => name), ["of-a-x", "of-shared"]);
  await assert.rejects(alice.schedules.get("of-b-x"), { code: "NOT_FOUND" });
  await assert.rejects(alice.schedules.fires("of-b-x"), { code: "NOT_FOUND" });
  // Nor does a slip tell what there is.
  await assert.rejects(
    alice.schedules.get("of-b-y"),
    (error: Error) => !/of-b-x/.test(error.message),
  );
  assert.equal((await bob.schedules.get("of-b-x")).name, "of-b-x");
});

test("it changes and runs its own, and those of agents that it may decide for", async () => {
  const { opcode, alice, bob } = await open();
  await alice.schedules.create(of("shared"));
  await opcode.schedules.create(of("a-x", { name: "admins", agent_id: "admin" }));
  assert.equal((await bob.schedules.update("of-shared", { enabled: false })).status, "paused");
  await bob.schedules.run("of-shared");
  const denied = { code: "PERMISSION_DENIED" };
  await assert.rejects(alice.schedules.update("admins", { enabled: false }), denied);
  await assert.rejects(alice.schedules.run("admins"), denied);
  await assert.rejects(alice.schedules.remove("admins"), denied);
  const past = { from: "2020-01-01T00:00:00Z", to: "2020-01-01T02:00:00Z" };
  await assert.rejects(alice.schedules.backfill("admins", past), denied);
  await alice.schedules.remove("of-shared");
});

test("a run is what the agent may start when its time comes", async () => {
  const { engine, opcode } = await open();
  // As if its rights had been others when it was made.
  await opcode.schedules.create(of("b-x"));
  await pass(engine, HOUR);
  const { fires: [fire] } = await opcode.schedules.fires("of-b-x");
  assert.equal(fire!.outcome, "failed");
  assert.match(JSON.stringify(fire!.error), /template \\"b-x\\" not found/);
});
