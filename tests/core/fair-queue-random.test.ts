// That the fair queue does in random runs what a list that is searched each time would do.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FairQueue, type Queued } from "../../core/fair-queue.ts";
import { seeded } from "../support/random.ts";

const SEEDS = Number(process.env.QUEUE_SEEDS ?? 400);

/** The same by lists alone. */
class NaiveQueue {
  /** Agents in the order of their turns, of each the runs, of each the values. */
  readonly agents: { name: string; runs: { run: string; values: number[] }[] }[] = [];

  push(name: string, run: string, value: number): void {
    let agent = this.agents.find((one) => one.name === name);
    if (!agent) this.agents.push(agent = { name, runs: [] });
    let lane = agent.runs.find((one) => one.run === run);
    if (!lane) agent.runs.push(lane = { run, values: [] });
    lane.values.push(value);
  }

  withdraw(value: number): void {
    for (const { runs } of this.agents) {
      for (const lane of runs) lane.values = lane.values.filter((one) => one !== value);
    }
    this.#sweep();
  }

  shift(may: (agent: string) => boolean): number | undefined {
    const at = this.agents.findIndex(({ name }) => may(name));
    if (at < 0) return undefined;
    const [agent] = this.agents.splice(at, 1);
    this.agents.push(agent!);
    return this.#serve(agent!.runs);
  }

  shiftOf(name: string, fits: (value: number) => boolean): number | undefined {
    const agent = this.agents.find((one) => one.name === name);
    return agent && fits(agent.runs[0]!.values[0]!) ? this.#serve(agent.runs) : undefined;
  }

  #serve(runs: { values: number[] }[]): number {
    const lane = runs.shift()!;
    runs.push(lane as never);
    const value = lane.values.shift()!;
    this.#sweep();
    return value;
  }

  #sweep(): void {
    for (const agent of this.agents) {
      agent.runs = agent.runs.filter((lane) => lane.values.length > 0);
    }
    const left = this.agents.filter((agent) => agent.runs.length > 0);
    this.agents.splice(0, this.agents.length, ...left);
  }

  get values(): number[] {
    return this.agents.flatMap(({ runs }) => runs.flatMap(({ values }) => values));
  }
}

test("random runs of the queue are those of a list", (t) => {
  let served = 0;
  for (let seed = 0; seed < SEEDS; seed++) {
    const random = seeded(seed);
    const int = (most: number) => Math.floor(random() * most);
    const queue = new FairQueue<number>();
    const naive = new NaiveQueue();
    const queued = new Map<number, Queued<number>>();
    const name = () => ["", "a", "b", "c"][int(4)]!;
    const pushes = 0.3 + random() * 0.4;
    for (let value = 0; value < 120; value++) {
      const at = `seed ${seed}, step ${value}`;
      if (random() < pushes) {
        const [agent, run] = [name(), String(int(3))];
        queued.set(value, queue.push({ agent, run }, value));
        naive.push(agent, run, value);
      } else {
        const kind = int(4);
        if (kind === 0) {
          const picked = [...queued.keys()][int(queued.size)];
          if (picked !== undefined) {
            queue.withdraw(queued.get(picked)!);
            naive.withdraw(picked);
          }
        } else if (kind === 1) {
          const [agent, fits] = [name(), (one: number) => one % 3 > 0];
          assert.equal(queue.shiftOf(agent, fits), naive.shiftOf(agent, fits), at);
        } else {
          const barred = kind === 2 ? name() : null;
          const may = (agent: string) => agent !== barred;
          const got = kind === 2 ? queue.shift(may) : queue.shift();
          assert.equal(got, naive.shift(may), at);
          if (got !== undefined) served++;
        }
      }
      const { values } = naive;
      assert.equal(queue.size, values.length, at);
      for (const [one, { live }] of queued) assert.equal(live, values.includes(one), at);
    }
    while (naive.values.length > 0) assert.equal(queue.shift(), naive.shift(() => true));
    assert.equal(queue.shift(), undefined);
  }
  t.diagnostic(`${served} served`);
});
