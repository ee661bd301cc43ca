// Whether forks of any run at all agree with their logs, call nothing that is kept, and come to rest.
//
// `FORKS=1500 SEED=7 npm test -- fork-generated` makes more and others of them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Action, DEFAULT_HOST_LIMITS } from "../../../actions/action.ts";
import { builtinActions } from "../../../actions/builtin.ts";
import { createRegistry } from "../../../actions/registry.ts";
import { OpcodeError } from "../../../core/errors.ts";
import type { Json } from "../../../core/json.ts";
import { silentLogger } from "../../../core/log.ts";
import { isTerminal } from "../../../core/status.ts";
import type { StepDefinition } from "../../../engine/definition/types.ts";
import type { Opcode, StatusReply } from "../../../engine/api.ts";
import { openEngine } from "../../../engine/opcode.ts";
import type { RunRecord } from "../../../engine/store/store.ts";
import { generateScenario } from "../../sim/generate/scenario.ts";
import { SIM_ACTIONS, simOutcome } from "../../sim/outcome.ts";
import { assertFoldMatchesRows } from "../../support/fold-check.ts";
import { createMemoryStore, type MemoryStore } from "../../support/memory-store.ts";
import { seeded } from "../../support/random.ts";
import { settle, TestClock } from "../../support/test-engine.ts";

const FORKS = Number(process.env.FORKS ?? 100);
const SEED = Number(process.env.SEED ?? 1);

interface World {
  store: MemoryStore;
  clock: TestClock;
  opcode: Opcode;
  /** `run step` of every call. */
  calls: Set<string>;
}

async function open(store: MemoryStore, clock: TestClock, calls: Set<string>): Promise<World> {
  const opcode = await openEngine({
    store,
    clock,
    registry: createRegistry([...builtinActions, ...simActions(clock, calls)]),
    host: { env: {}, cwd: "/", isProtected: () => false, limits: DEFAULT_HOST_LIMITS },
    log: silentLogger,
    poolSize: 4,
    notify: () => Promise.resolve({ notified: false }),
  });
  return { store, clock, opcode, calls };
}

function simActions(clock: TestClock, calls: Set<string>): Action[] {
  return Object.entries(SIM_ACTIONS).map(([name, { effects, repeatable }]) => ({
    name,
    description: "A simulated action.",
    effects,
    repeatable,
    input: { type: "object" },
    output: {},
    execute(params, { runId, stepId, attempt, signal }) {
      calls.add(`${runId} ${stepId}`);
      const outcome = simOutcome(params, attempt);
      const end = (): Json => {
        if (outcome.kind === "result") return outcome.output;
        throw outcome.kind === "error"
          ? new OpcodeError(outcome.code, outcome.message)
          : new Error("given up");
      };
      if (effects === "none") return end();
      return new Promise<Json>((resolve, reject) => {
        const answer = () => {
          try {
            resolve(end());
          } catch (thrown) {
            reject(thrown);
          }
        };
        signal.addEventListener("abort", () => reject(new Error("aborted")));
        if (outcome.kind !== "hang") {
          clock.after("afterMs" in outcome ? outcome.afterMs : 0, answer);
        }
      });
    },
  }));
}

const OPEN: ReadonlySet<string> = new Set(["running", "retrying", "suspended"]);

/** Lets the run go on until it has ended or waits for somebody; what hangs is cancelled. */
async function rest({ opcode, clock }: World, id: string): Promise<StatusReply> {
  for (let round = 0; round < 40; round++) {
    await settle();
    const state = await opcode.status(id);
    if (isTerminal(state.status)) return state;
    if (state.status === "suspended" && round > 3) return state;
    clock.advance(5_000);
  }
  const { steps } = await opcode.status(id);
  const open = Object.values(steps).filter(({ status }) => OPEN.has(status));
  assert.ok(open.length > 0, `${id} is active, but nothing in it is`);
  await opcode.signal({ workflow_id: id, signal_type: "cancel" });
  return await opcode.status(id);
}

/** Full ids of the steps that the log says were kept. */
function keptIds({ events }: RunRecord): Set<string> {
  return new Set(
    events.filter(({ payload }) => payload !== null && JSON.parse(payload).kept)
      .map(({ stepId }) => stepId!),
  );
}

function assertKept(source: RunRecord, fork: RunRecord, calls: Set<string>): number {
  const kept = keptIds(fork);
  const before = new Map(source.steps.map((step) => [step.stepId, step]));
  const after = new Map(fork.steps.map((step) => [step.stepId, step]));
  for (const id of kept) {
    const [was, is] = [before.get(id)!, after.get(id)!];
    if (is.attempt > 0) continue;
    const shown = ({ status, output, durationMs }: typeof was) => ({ status, output, durationMs });
    assert.deepEqual(shown(is), shown(was), id);
    if (is.status !== "completed") assert.equal(is.error, was.error, id);
    assert.ok(!calls.has(`${fork.run.id} ${id}`), `${id} was called`);
  }
  return kept.size;
}

/** Nothing that depends on the step is kept; all that nothing ties to it is, if it had settled. */
function assertChosen(
  steps: readonly StepDefinition[],
  from: string,
  source: RunRecord,
  kept: Set<string>,
): void {
  const dependents = (id: string) => steps.filter(({ depends_on = [] }) => depends_on.includes(id));
  const reach = (next: (id: string) => StepDefinition[]) => {
    const found = new Set([from]);
    for (const id of found) for (const step of next(id)) found.add(step.id);
    return found;
  };
  for (const id of reach(dependents)) assert.ok(!kept.has(id), `${id} depends on ${from}`);
  const names = (step: StepDefinition, id: string) =>
    JSON.stringify(step).includes(`"fallback_step":"${id}"`);
  const tied = reach((id) => {
    const step = steps.find((one) => one.id === id)!;
    const callers = steps.filter((one) => names(one, id));
    const called = steps.filter((one) => names(step, one.id));
    return [...dependents(id), ...called, ...callers, ...callers.flatMap((c) => dependents(c.id))];
  });
  for (const { stepId, status, detail } of source.steps) {
    if (tied.has(stepId) || !steps.some(({ id }) => id === stepId)) continue;
    const { reason } = JSON.parse(detail ?? "{}");
    const gone = /^(workflow_|cancelled_|fallback_not_)/.test(reason ?? "");
    if (status === "completed" || (status === "skipped" && !gone)) {
      assert.ok(kept.has(stepId), `${stepId} is not kept from ${from}`);
    }
  }
}

test("a fork of a generated run, from a random step, over a crash", async () => {
  let [forks, kept] = [0, 0];
  for (let seed = SEED; forks < FORKS; seed++) {
    const random = seeded(seed);
    const { templates, starts } = generateScenario(random);
    let world = await open(createMemoryStore(), new TestClock(), new Set());
    for (const { name, definition } of templates) {
      const raw = definition as unknown as Json;
      await world.opcode.define({ name, definition: raw, agent_id: "test" });
    }
    const { steps } = templates.at(-1)!.definition;
    const { params } = starts[0]!;
    const request = { template_name: "main", agent_id: "test", params, wait_ms: 0 };
    const { workflow_id } = await world.opcode.run(request);
    let from = workflow_id;
    await rest(world, from);
    try {
      for (let round = 0; round < 2; round++) {
        const from_step = steps[Math.floor(random() * steps.length)]!.id;
        const ask = { agent_id: "test", from_run: from, from_step, wait_ms: 0 };
        // It goes on itself when a time is over for which it waits.
        const source = await assertFoldMatchesRows(world.store, from);
        const { workflow_id: id } = await world.opcode.run(ask);
        if (random() < 0.5) {
          world = await open(world.store.crash(), world.clock, world.calls);
        }
        const state = await rest(world, id);
        const fork = await assertFoldMatchesRows(world.store, id);
        assertChosen(steps, from_step, source, keptIds(fork));
        kept += assertKept(source, fork, world.calls);
        const again = await open(world.store.crash(), world.clock, world.calls);
        assert.deepEqual((await again.opcode.status(id)).steps, state.steps);
        world = again;
        from = id;
        forks++;
      }
    } catch (error) {
      throw new Error(`SEED=${seed}`, { cause: error });
    }
  }
  assert.ok(kept > forks, "too little is kept for this to say anything");
});
