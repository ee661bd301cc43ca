// The embedded store as the engine sees it: batches go to the writer's thread, reads to the other.

import { OpcodeError } from "../../../core/errors.ts";
import type { BackupStore, CopyFacts } from "../backup-store.ts";
import type { Expired, FiresGone, FiresKept, FreeSpace, Removal } from "../retention-store.ts";
import { flatten } from "../sql/flatten.ts";
import { NamedReads } from "../sql/named-reads.ts";
import type { ReadArgs, Reads } from "../sql/reads/index.ts";
import type { EventId, HandOver, HandOverResult, Store } from "../store.ts";
import type { Rekey, SecretRow, VaultMeta, VaultStore } from "../vault-store.ts";
import { Lanes } from "./lanes.ts";
import { LogMover } from "./log-mover.ts";
import type { Opened } from "./messages.ts";
import type { ThreadClient } from "./thread-client.ts";

export class LibsqlStore extends NamedReads implements Store, VaultStore, BackupStore {
  readonly #writer: ThreadClient;
  readonly #reader: ThreadClient;
  readonly #mover: LogMover | null;
  readonly #lanes: Lanes;
  #lastRunNo: number;
  #lastEventId: number;
  /** The commit before the next one; a batch may build on the one before it. */
  #previous: Promise<unknown> = Promise.resolve();
  readonly #health: { fault: string | null };
  readonly turns: Float64Array;

  /** `health.fault` is set by whoever hears of one from the threads. */
  constructor(
    options: {
      writer: ThreadClient;
      reader: ThreadClient;
      /** Starts one; null for a database that nothing but its writer can see. */
      copier: (() => ThreadClient) | null;
      opened: Opened;
      health: { fault: string | null };
      turns: Float64Array;
    },
  ) {
    super();
    this.#health = options.health;
    this.turns = options.turns;
    this.#writer = options.writer;
    this.#reader = options.reader;
    this.#mover = options.copier && new LogMover(options.writer, options.copier);
    this.#lanes = new Lanes(options.reader);
    this.#lastRunNo = options.opened.lastRunNo;
    this.#lastEventId = options.opened.lastEventId;
  }

  get fault(): string | null {
    return this.#health.fault;
  }

  commit(batch: readonly HandOver[]): Promise<HandOverResult[]> {
    const commit = this.#previous.then(() => this.#commit(batch));
    this.#previous = commit.catch(() => {});
    return commit;
  }

  async #commit(batch: readonly HandOver[]): Promise<HandOverResult[]> {
    const firstEventId = this.#lastEventId + 1;
    const flattened = flatten(batch, firstEventId);
    if (flattened.ok && await this.#writer.call("commitWhole", flattened.flat)) {
      return this.#number(batch.map(() => ({ ok: true, eventIds: [] })), batch);
    }
    return this.#number(await this.#writer.call("commitEach", [...batch], firstEventId), batch);
  }

  /** Returns the ids that the events of the committed hand-overs got. */
  #number(results: HandOverResult[], batch: readonly HandOver[]): HandOverResult[] {
    for (let i = 0; i < batch.length; i++) {
      if (!results[i]!.ok) continue;
      const { events } = batch[i]!;
      results[i] = { ok: true, eventIds: events.map(() => ++this.#lastEventId as EventId) };
    }
    return results;
  }

  /** The file's lock keeps all other writers out: what was in it when it was opened is known. */
  takeRunNos(count: number): Promise<number> {
    this.#lastRunNo += count;
    return Promise.resolve(this.#lastRunNo - count + 1);
  }

  createVault(meta: VaultMeta): Promise<boolean> {
    return this.#writer.call("createVault", meta);
  }

  async putSecret(row: SecretRow): Promise<void> {
    await this.#writer.call("putSecret", row);
  }

  async deleteSecret(name: string): Promise<void> {
    await this.#writer.call("deleteSecret", name);
  }

  rekey(change: Rekey, adopt: () => void): Promise<string | null> {
    const rekey = this.#previous.then(async () => {
      const broken = await this.#writer.call("rekey", change);
      if (broken === null) adopt();
      return broken;
    });
    this.#previous = rekey.catch(() => {});
    return rekey;
  }

  countDeaths() {
    return this.#writer.call("countDeaths");
  }

  async suspect(runNo: number, doing: string | null): Promise<void> {
    await this.#writer.call("suspect", runNo, doing);
  }

  async condemn(runNo: number, deaths: number): Promise<void> {
    await this.#writer.call("condemn", runNo, deaths);
  }

  async trust(runNo: number): Promise<void> {
    await this.#writer.call("trust", runNo);
  }

  removing<T>(work: () => Promise<T>): Promise<T> {
    return this.#mover === null ? work() : this.#mover.besideMany(work);
  }

  removeRuns(
    runs: readonly Expired[],
    options: { at: number; keysSince: number; budgetMs: number },
  ): Promise<Removal> {
    return this.#writer.call("removeRuns", runs, options);
  }

  removeFires(
    kept: FiresKept,
    options: { after: string; budgetMs: number },
  ): Promise<FiresGone> {
    return this.#writer.call("removeFires", kept, options);
  }

  returnSpace(budgetMs: number): Promise<FreeSpace> {
    return this.#writer.call("returnSpace", budgetMs);
  }

  async backup(file: string): Promise<CopyFacts> {
    if (this.#mover === null) {
      throw new OpcodeError("CONFLICT", "db_path: a database in memory has nothing to back up");
    }
    // The log grows as long as the copy reads of it.
    return await this.#mover.beside((copier) => copier.call("copy", file));
  }

  /** CPU time that the writer's thread has used so far, in microseconds. */
  writerCpu(): Promise<{ user: number; system: number }> {
    return this.#writer.call("cpu");
  }

  /** The reader goes first: the writer's is the last connection, the only one to clean up. */
  async close(): Promise<void> {
    await this.#previous;
    await this.#mover?.close();
    try {
      if (this.#reader !== this.#writer) await this.#reader.close();
    } finally {
      await this.#writer.close();
    }
  }

  /** Ends both threads at once, as a crash would; what is not durable is lost. */
  async crash(): Promise<void> {
    await Promise.all([this.#writer.terminate(), this.#reader.terminate()]);
  }

  protected read<Name extends keyof Reads>(
    name: Name,
    ...args: ReadArgs<Name>
  ): Promise<ReturnType<Reads[Name]>> {
    return this.#lanes.read(name, ...args);
  }
}
