// The store on a PostgreSQL server as the engine sees it: batches go over the writer's connection, reads over others.

import { OpcodeError } from "../../../core/errors.ts";
import type { BackupStore, CopyFacts } from "../backup-store.ts";
import { closedError } from "../closed.ts";
import type { KeyStore } from "../key-store.ts";
import type { Expired, FiresGone, FiresKept, FreeSpace, Removal } from "../retention-store.ts";
import { NamedReads } from "../sql/named-reads.ts";
import type { ReadArgs, Reads } from "../sql/reads/index.ts";
import type {
  EventFilter,
  HandOver,
  HandOverResult,
  OwnershipStore,
  Page,
  Store,
  StoredEvent,
} from "../store.ts";
import type { Rekey, SecretRow, VaultMeta, VaultStore } from "../vault-store.ts";
import { Committer } from "./committer.ts";
import { NO_COPIES, storeError } from "./fault.ts";
import { Feed } from "./feed.ts";
import type { Hints } from "./hints.ts";
import type { Keeper } from "./keeper.ts";
import { sharedKey } from "./keys.ts";
import { leave } from "./node.ts";
import type { Readers } from "./readers.ts";
import { Remover } from "./remover.ts";
import { takeAllBack } from "./suspect-notes.ts";
import { Suspects } from "./suspects.ts";
import { Trees } from "./trees.ts";
import type { TurnWatch } from "./turn-watch.ts";
import { readRevision, VaultRows } from "./vault-rows.ts";
import { Unsettled, type Writer } from "./writer.ts";

export class PostgresStore extends NamedReads implements Store, VaultStore, BackupStore, KeyStore {
  readonly #writer: Writer;
  readonly #readers: Readers;
  readonly #keeper: Keeper;
  readonly #hints: Hints;
  readonly #startWatch: () => TurnWatch;
  #watch: TurnWatch | null = null;
  /** Null where no other node writes. */
  readonly #feed: Feed | null;
  readonly ownership?: OwnershipStore;
  readonly vaultRevision?: () => Promise<number>;
  readonly #health: { readonly fault: string | null; readonly away: boolean };
  readonly #committer: Committer;
  readonly #suspects: Suspects;
  readonly #vault: VaultRows;
  readonly #remover: Remover;
  /** The commit before the next one; a batch may build on the one before it. */
  #previous: Promise<unknown> = Promise.resolve();
  #numbers: Promise<unknown> = Promise.resolve();
  #closed = false;

  /** `health.fault` is set by whoever hears that the node has been fenced. */
  constructor(
    options: {
      writer: Writer;
      readers: Readers;
      keeper: Keeper;
      hints: Hints;
      /** Starts the thread that notes runs whose turns do not end. */
      watch: () => TurnWatch;
      /** Whether other nodes may write. */
      shared: boolean;
      health: { readonly fault: string | null; readonly away: boolean };
    },
  ) {
    super();
    this.#writer = options.writer;
    this.#readers = options.readers;
    this.#keeper = options.keeper;
    this.#hints = options.hints;
    this.#startWatch = options.watch;
    this.#feed = options.shared ? new Feed() : null;
    this.#health = options.health;
    const { writer, readers, keeper, hints, shared } = options;
    if (shared) {
      this.ownership = new Trees(readers, { node: writer.node, keeper, hints });
      this.vaultRevision = () => readers.with(readRevision).catch(rethrow);
    }
    this.#committer = new Committer(writer, { shared });
    this.#suspects = new Suspects(writer, { shared });
    this.#vault = new VaultRows(writer, options.keeper);
    this.#remover = new Remover(options.writer);
  }

  /** Who asks for it takes turns: from then on they are watched. */
  get turns(): Float64Array {
    return (this.#watch ??= this.#startWatch()).turns;
  }

  get fault(): string | null {
    return this.#health.fault;
  }

  get away(): boolean {
    return this.#health.away;
  }

  commit(batch: readonly HandOver[]): Promise<HandOverResult[]> {
    return this.#inTurn(async () => {
      const results = await this.#committer.commit(batch);
      this.#feed?.committed(results);
      this.#hints.committed(batch, results);
      return results;
    });
  }

  override async listEvents(filter: EventFilter): Promise<Page<StoredEvent>> {
    if (filter.runId === undefined) await this.#feed?.caughtUp(this.#readers).catch(rethrow);
    return await super.listEvents(filter);
  }

  /** One after the other: a later call gets larger ones. */
  takeRunNos(count: number): Promise<number> {
    const next = this.#numbers.then(() =>
      this.#readers.with(async (session) => {
        const [row] = await session.rows("SELECT take_run_nos($1) AS first", [count]);
        return row!.first as number;
      })
    ).catch(rethrow);
    this.#numbers = next.catch(() => {});
    return next;
  }

  readonly sharedKey = (name: string, made: Uint8Array): Promise<Uint8Array> =>
    this.#readers.with((session) => sharedKey(session, name, made)).catch(rethrow);

  createVault(meta: VaultMeta): Promise<boolean> {
    return this.#inTurn(() => this.#vault.create(meta).catch(rethrow));
  }

  putSecret(row: SecretRow): Promise<void> {
    return this.#inTurn(() => this.#vault.put(row).catch(rethrow));
  }

  deleteSecret(name: string): Promise<void> {
    return this.#inTurn(() => this.#vault.remove(name).catch(rethrow));
  }

  rekey(change: Rekey, adopt: () => void): Promise<string | null> {
    return this.#inTurn(() => this.#vault.rekey(change, adopt).catch(rethrow));
  }

  countDeaths() {
    return this.#suspects.countDeaths().catch(rethrow);
  }

  suspect(runNo: number, doing: string | null): Promise<void> {
    return this.#suspects.suspect(runNo, doing).catch(rethrow);
  }

  condemn(runNo: number, deaths: number): Promise<void> {
    return this.#suspects.condemn(runNo, deaths).catch(rethrow);
  }

  trust(runNo: number): Promise<void> {
    return this.#suspects.trust(runNo).catch(rethrow);
  }

  removing<T>(work: () => Promise<T>): Promise<T> {
    return work();
  }

  removeRuns(
    runs: readonly Expired[],
    options: { at: number; keysSince: number; budgetMs: number },
  ): Promise<Removal> {
    return this.#remover.removeRuns(runs, options).catch(rethrow);
  }

  removeFires(
    kept: FiresKept,
    options: { after: string; budgetMs: number },
  ): Promise<FiresGone> {
    return this.#remover.removeFires(kept, options).catch(rethrow);
  }

  /** The server's own business: its autovacuum gives space to what comes. */
  returnSpace(): Promise<FreeSpace> {
    return Promise.resolve({ free: 0, pages: 0, returned: 0, heldMs: 0 });
  }

  backup(): Promise<CopyFacts> {
    return Promise.reject(
      new OpcodeError("CONFLICT", NO_COPIES, {
        details: { no_copies: true },
      }),
    );
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#previous;
    await this.#readers.close();
    await this.#keeper.close();
    await this.#hints.close();
    await this.#watch?.close();
    await this.#writer.close(async (session) => {
      await takeAllBack(session, this.#writer.node);
      await leave(session, this.#writer.node);
    }, { isThere: !this.#health.away });
  }

  /** Cuts all connections at once, as a crash would. */
  async crash(): Promise<void> {
    this.#readers.destroy();
    this.#keeper.destroy();
    this.#hints.destroy();
    this.#writer.destroy();
    await this.#watch?.destroy();
  }

  protected async read<Name extends keyof Reads>(
    name: Name,
    ...args: ReadArgs<Name>
  ): Promise<ReturnType<Reads[Name]>> {
    if (this.#closed) throw closedError();
    return await this.#readers.read(name, args) as ReturnType<Reads[Name]>;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(closedError());
    const next = this.#previous.then(async () => {
      await this.#vault.settle();
      return await work();
    });
    this.#previous = next.catch(() => {});
    return next;
  }
}

/** What was lost on the way may have taken place: all of this may be done twice. */
function rethrow(error: unknown): never {
  throw storeError(error instanceof Unsettled ? error.cause : error);
}
