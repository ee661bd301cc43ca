// Three daemons on one database under load: one of them is killed, one is stopped for longer than it
// counts as alive, the server crashes, connections are cut, a clock is wrong by an hour.
//
// `ROUNDS=50 npm test -- e2e/cluster` is the long run; `SEED=…` repeats one.

import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { test, type TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { JsonObject } from "../../core/json.ts";
import { Session } from "../../engine/store/postgres/session.ts";
import { serverAddress } from "../../engine/store/postgres/url.ts";
import { type CallCounter, startCallCounter } from "../support/call-counter.ts";
import { type CuttingProxy, startCuttingProxy } from "../support/cutting-proxy.ts";
import { afterwards, spawnDaemon, type SpawnedDaemon, tempHome } from "../support/daemon.ts";
import { openHomeStore } from "../support/home-store.ts";
import { answerInterrupted, checkStore, startLoad, templates } from "../support/kill-load.ts";
import { type PostgresServer, startPostgres } from "../support/postgres-server.ts";
import { chooseSeed, seeded } from "../support/random.ts";
import { Rest } from "../support/rest.ts";
import { databaseUrl } from "../support/store-env.ts";

const ROUNDS = Number(process.env.ROUNDS ?? 1);
/** Short where somebody has to be missed, and else as it usually is: a slow machine must miss nobody. */
const SHORT_MS = 2_000;
const USUAL_MS = 10_000;
const CLIENTS = 4;
const LONG = { timeout: 7_200_000 };
const FAKE_TIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";

interface Node {
  home: string;
  env: Record<string, string>;
  daemon: SpawnedDaemon;
  rest: Rest;
}

class Cluster {
  readonly acknowledged = new Map<string, JsonObject>();
  readonly nodes: Node[] = [];
  interrupted = 0;
  readonly #t: TestContext;
  readonly server: PostgresServer;
  readonly proxy: CuttingProxy;
  readonly counter: CallCounter;
  readonly random: () => number;
  readonly #leaseMs: number;

  private constructor(
    t: TestContext,
    parts: {
      server: PostgresServer;
      proxy: CuttingProxy;
      counter: CallCounter;
      random: () => number;
      leaseMs: number;
    },
  ) {
    this.#t = t;
    this.server = parts.server;
    this.proxy = parts.proxy;
    this.counter = parts.counter;
    this.random = parts.random;
    this.#leaseMs = parts.leaseMs;
  }

  /** `clocks`: by how many hours that of each node is wrong. */
  static async start(
    t: TestContext,
    { leaseMs, clocks = [0, 0, 0] }: { leaseMs: number; clocks?: readonly number[] },
  ): Promise<Cluster> {
    const seed = chooseSeed();
    t.diagnostic(`SEED=${seed}`);
    const random = seeded(seed);
    const server = await startPostgres();
    afterwards(t, () => server.stop());
    const proxy = await startCuttingProxy(`${server.socket}/.s.PGSQL.5432`, random);
    afterwards(t, () => proxy.close());
    const counter = await startCallCounter(() => random() * 8);
    afterwards(t, () => counter.close());
    const cluster = new Cluster(t, { server, proxy, counter, random, leaseMs });
    await cluster.ask("CREATE DATABASE cluster", "postgres");
    for (const hours of clocks) {
      const env = hours === 0
        ? {}
        : { LD_PRELOAD: FAKE_TIME, FAKETIME: `${hours > 0 ? "+" : ""}${hours}h` };
      await cluster.#add({ home: tempHome(t), env });
    }
    const [{ rest }] = cluster.nodes as [Node];
    for (const [name, definition] of Object.entries(templates(counter.url))) {
      await rest.post("/api/v1/templates", { name, definition, agent_id: "test" });
    }
    return cluster;
  }

  get env(): Record<string, string> {
    return { OPCODE_STORE_URL: `postgres://opcode@127.0.0.1:${this.proxy.port}/cluster` };
  }

  async #add({ home, env }: Pick<Node, "home" | "env">): Promise<void> {
    const daemon = await spawnDaemon(this.#t, {
      home,
      env: { ...env, ...this.env, OPCODE_STORE_LEASE: `${this.#leaseMs}ms` },
    });
    this.nodes.push({ home, env, daemon, rest: new Rest(daemon.url) });
  }

  /** What the database says, asked without the proxy. */
  async ask(sql: string, database = "cluster") {
    const session = await Session.open(
      serverAddress(databaseUrl(this.server.socket, database)),
      "test",
    );
    try {
      return (await session.run(sql)).rows;
    } finally {
      await session.close();
    }
  }

  /** Runs begin at all nodes while something happens. */
  async underLoad(happens: () => Promise<void>): Promise<void> {
    const loads = this.nodes.map(({ rest }) =>
      startLoad(rest, this.random, this.acknowledged, { clients: CLIENTS, patient: true })
    );
    await delay(500 + this.random() * 500);
    await happens();
    for (const load of loads) load.stop();
    await Promise.all(loads.map(({ ended }) => ended));
  }

  /** One that a slow machine kept from being heard of in time has ended: it is started again. */
  async #revive(): Promise<void> {
    for (const node of this.nodes.filter(({ daemon }) => daemon.child.exitCode !== null)) {
      assert.match(node.daemon.log(), /another node has taken over/);
      await this.leave(node);
      await this.again(node);
    }
  }

  any(): Node {
    return this.nodes[Math.floor(this.random() * this.nodes.length)]!;
  }

  /** Takes it from the nodes; its connections are cut. */
  async leave(node: Node): Promise<void> {
    this.nodes.splice(this.nodes.indexOf(node), 1);
    await node.rest.destroy();
  }

  async again(node: Node): Promise<void> {
    await this.#add(node);
  }

  /** Until all runs have ended; what was interrupted is answered, at any node. Resolves with how long that took, ms. */
  async ended(): Promise<number> {
    const began = performance.now();
    const open = () =>
      this.ask("SELECT id, status FROM runs WHERE status < 3 ORDER BY run_no LIMIT 5");
    while ((await open()).length > 0) {
      await this.#revive();
      const { rest } = this.any();
      this.interrupted += await answerInterrupted(rest, this.random).catch((thrown) => {
        // It has just ended, since another has taken over: what was not answered is found again.
        if ("status" in thrown) throw thrown;
        return 0;
      });
      if (performance.now() - began > 30_000) await this.#stuck(await open());
      await delay(20);
    }
    return performance.now() - began;
  }

  async #stuck(open: Record<string, unknown>[]): Promise<never> {
    const state = await this.any().rest.get(`/api/v1/runs/${open[0]!.id}`);
    const logs = this.nodes.map(({ daemon }) => daemon.log().slice(-5_000)).join("\n\n");
    assert.fail(`a run does not end: ${JSON.stringify(state)}\n${logs}`);
  }

  async check(): Promise<void> {
    await this.#revive();
    for (const { rest, daemon } of this.nodes) {
      await rest.destroy();
      assert.equal(await daemon.stop(), 0, daemon.log());
    }
    const store = await openHomeStore(tempHome(this.#t), this.env);
    afterwards(this.#t, () => store.close());
    const calls = await checkStore(store, this.acknowledged, this.counter.calls);
    this.#t.diagnostic(
      `${this.acknowledged.size} runs acknowledged, ${this.interrupted} interrupted, ${calls} ` +
        `completed calls, ${this.counter.calls.size} calls, ${this.proxy.cut} connections cut`,
    );
  }
}

/** All that is stored, in short. */
const STORED =
  `SELECT (SELECT count(*) FROM events) AS events, (SELECT max(id) FROM events) AS last,
  (SELECT sum(last_seq) FROM runs) AS seqs, (SELECT count(*) FROM steps) AS steps`;

test(`${ROUNDS} × kill -9 of a node: its runs go on elsewhere`, LONG, async (t) => {
  const cluster = await Cluster.start(t, { leaseMs: SHORT_MS });
  const took: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const victim = cluster.any();
    await cluster.underLoad(async () => {
      await victim.daemon.kill();
      await cluster.leave(victim);
    });
    took.push(await cluster.ended());
    await cluster.again(victim);
  }
  t.diagnostic(`until all had ended: at most ${Math.max(...took).toFixed(0)} ms`);
  await cluster.check();
});

test(
  `${ROUNDS} × a node stops for longer than it counts as alive: nothing of it is stored`,
  LONG,
  async (t) => {
    const cluster = await Cluster.start(t, { leaseMs: SHORT_MS });
    for (let round = 0; round < ROUNDS; round++) {
      const victim = cluster.any();
      await cluster.underLoad(async () => {
        victim.daemon.child.kill("SIGSTOP");
        await cluster.leave(victim);
      });
      while ((await cluster.ask("SELECT no FROM nodes")).length > 2) await delay(50);
      await cluster.ended();
      const before = await cluster.ask(STORED);
      const gone = once(victim.daemon.child, "close");
      victim.daemon.child.kill("SIGCONT");
      await gone;
      assert.match(victim.daemon.log(), /another node has taken over/);
      assert.deepEqual(await cluster.ask(STORED), before);
      await cluster.again(victim);
    }
    await cluster.check();
  },
);

test(
  `${ROUNDS} × a crash of the server, for moments or for two leases: nobody is lost`,
  LONG,
  async (t) => {
    const cluster = await Cluster.start(t, { leaseMs: USUAL_MS });
    for (let round = 0; round < ROUNDS; round++) {
      for (const ms of ROUNDS > 1 ? [1_000, 2 * USUAL_MS] : [1_000]) {
        await cluster.underLoad(async () => {
          await cluster.server.down();
          await delay(ms);
          await cluster.server.up();
        });
        await cluster.ended();
      }
    }
    for (const { daemon } of cluster.nodes) assert.equal(daemon.child.exitCode, null, daemon.log());
    await cluster.check();
  },
);

test("5 % of the connections are cut every moment: all goes on", LONG, async (t) => {
  const cluster = await Cluster.start(t, { leaseMs: USUAL_MS });
  cluster.proxy.share = 0.05;
  await cluster.underLoad(() => delay(ROUNDS > 1 ? 60_000 : 3_000));
  cluster.proxy.share = 0;
  await cluster.ended();
  assert.ok(cluster.proxy.cut > 0);
  await cluster.check();
});

const noFakeTime = !existsSync(FAKE_TIME) && "libfaketime is not there (apt install faketime)";

test("clocks that are an hour apart: all goes on", { ...LONG, skip: noFakeTime }, async (t) => {
  const cluster = await Cluster.start(t, { leaseMs: SHORT_MS, clocks: [0, 1, -1] });
  for (let round = 0; round < ROUNDS; round++) {
    const victim = cluster.any();
    await cluster.underLoad(async () => {
      await victim.daemon.kill();
      await cluster.leave(victim);
    });
    await cluster.ended();
    await cluster.again(victim);
  }
  await cluster.check();
});
