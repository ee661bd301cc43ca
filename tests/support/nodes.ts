// Several engines on one database: started, killed, and given time.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, afterEach, before } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { openPostgresStore } from "../../engine/store/postgres/open.ts";
import type { PostgresStore } from "../../engine/store/postgres/postgres-store.ts";
import { serverAddress } from "../../engine/store/postgres/url.ts";
import { postgresDatabase, type TestDatabase } from "./postgres.ts";
import { openTestEngine, type TestEngine, type TestEngineOptions } from "./test-engine.ts";

export interface Node {
  engine: TestEngine;
  store: PostgresStore;
  instance: string;
}

/** A database for the tests of a file, and the nodes that they start on it. */
export class Nodes {
  database!: TestDatabase;
  readonly #started: Node[] = [];

  constructor() {
    before(async () => {
      this.database = await postgresDatabase();
    });
    afterEach(async () => {
      // Their clocks stand still: what they have under way would never end.
      for (const { store } of this.#started.splice(0)) await store.crash();
      await this.database.cut();
      await this.database.reset();
    });
    after(() => this.database.remove());
  }

  async start(
    { instance = randomUUID(), secretsOf, ...options }: Omit<TestEngineOptions, "store"> & {
      instance?: string;
      secretsOf?: (store: PostgresStore) => Promise<TestEngineOptions["secrets"]>;
    } = {},
  ): Promise<Node> {
    const store = await openPostgresStore({
      address: serverAddress(this.database.url),
      node: { instance, shared: true },
      durability: "full",
    });
    const secrets = await secretsOf?.(store);
    const engine = await openTestEngine({
      ...options,
      ...(secrets && { secrets }),
      store: store as never,
    });
    const node = { engine, store, instance };
    this.#started.push(node);
    return node;
  }

  /** As kill -9 does, and so long ago that others have noticed. */
  async die({ store, instance }: Node): Promise<void> {
    await store.crash();
    await this.database.rows(`DELETE FROM nodes WHERE instance = '${instance}'`);
  }
}

/** Time passes at the nodes until the condition holds: they look for others every few seconds. */
export async function eventually(
  nodes: Node | readonly Node[],
  holds: () => unknown,
  what: string,
  stepMs = 500,
): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    if (await holds()) return;
    for (const { engine } of [nodes].flat()) engine.clock.advance(stepMs);
    await sleep(10);
  }
  assert.fail(`waited in vain for ${what}`);
}

/** Time passes at the nodes until the call is answered. */
export async function answered<T>(nodes: readonly Node[], call: Promise<T>): Promise<T> {
  let over = false;
  const done = call.finally(() => over = true);
  done.catch(() => {});
  await eventually(nodes, () => over, "the answer");
  return await done;
}
