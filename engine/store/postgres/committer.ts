// How a batch becomes one transaction: whole when all of it fits, else hand-over by hand-over.

import { parseJson } from "../../../core/exact-json.ts";
import { LeftOut } from "../left-out.ts";
import { flatten } from "../sql/flatten.ts";
import type { EventId, HandOver, HandOverResult } from "../store.ts";
import { firstError, meaningOf, storeError } from "./fault.ts";
import { keepOutcome, type LastCommit } from "./node.ts";
import { answersOf } from "./inbox.ts";
import { type Clean, OldBuckets } from "./old-rows.ts";
import type { Session } from "./session.ts";
import { TAKE_EVENT_IDS } from "./statements.ts";
import { Unsettled, type Writer } from "./writer.ts";
import { type Writing, writtenOf } from "./written.ts";

/** Within a batch events are numbered from here on; the server adds the id before theirs. */
const FIRST = 1;

export class Committer {
  readonly #writer: Writer;
  readonly #writing: Writing;
  /** A batch of which it is not known whether it was committed. */
  #open: { batch: readonly HandOver[]; lost: Unsettled } | null = null;

  /** `shared`: others write as well, and each run is one node's. */
  constructor(writer: Writer, { shared }: { shared: boolean }) {
    this.#writer = writer;
    this.#writing = { nodeNo: writer.node.no, shared, oldBuckets: new OldBuckets() };
  }

  /**
   * See `Store.commit`; one at a time. A batch that was sent to a server which is gone is to be given
   * once more: only when there is one again can be told what became of it.
   */
  async commit(batch: readonly HandOver[]): Promise<HandOverResult[]> {
    try {
      return await this.#sent(batch).catch((error) => {
        // Most connections come back at once.
        if (error instanceof Unsettled) return this.#sent(batch);
        throw error;
      });
    } catch (error) {
      throw storeError(error instanceof Unsettled ? error.cause : error);
    }
  }

  /** Remembers the batch when nobody hears what became of it. */
  async #sent(batch: readonly HandOver[]): Promise<HandOverResult[]> {
    try {
      return await this.#openResults(batch) ?? await this.#whole(batch) ?? await this.#each(batch);
    } catch (error) {
      if (error instanceof Unsettled) this.#open = { batch, lost: error };
      throw error;
    }
  }

  /** What came of the batch if it is the one that was sent and not heard of; null when nothing did. */
  async #openResults(batch: readonly HandOver[]): Promise<HandOverResult[] | null> {
    if (this.#open === null) return null;
    const { batch: sent, lost } = this.#open;
    const took = await this.#writer.settled(lost);
    this.#open = null;
    const isSame = sent.length === batch.length && sent.every((one, i) => one === batch[i]);
    return took !== null && isSame ? resultsOf(batch, took) : null;
  }

  /** Null, with nothing written, when it cannot be taken as a whole. */
  async #whole(batch: readonly HandOver[]): Promise<HandOverResult[] | null> {
    const flattened = flatten(batch, FIRST);
    if (!flattened.ok) return null;
    const statements = [...writtenOf(flattened.flat, this.#writing), ...this.#answers(batch)];
    const ids = new EventIds(batch);
    try {
      await this.#writer.transaction(
        (session) => Promise.all(statements.map(({ sql, values }) => session.ask(sql, values))),
        { ...ids.taken, atOnce: true },
      );
    } catch (error) {
      if (["fenced", "refused"].includes(meaningOf(error))) return null;
      throw error;
    }
    return resultsOf(batch, { eventsBefore: ids.before, outcome: null });
  }

  async #each(batch: readonly HandOver[]): Promise<HandOverResult[]> {
    const ids = new EventIds(batch);
    const outcome = await this.#writer.transaction(async (session) => {
      const results = await this.#inTurn(session, batch);
      const text = JSON.stringify(results);
      await keepOutcome(session, this.#writer.node.no, text);
      return text;
    }, ids.taken);
    return resultsOf(batch, { eventsBefore: ids.before, outcome });
  }

  /** Each with a savepoint: those whose guard misses, or that build on one left out, are left out, too. */
  async #inTurn(session: Session, batch: readonly HandOver[]): Promise<HandOverResult[]> {
    const results: HandOverResult[] = [];
    const leftOut = new LeftOut();
    let first = FIRST;
    for (const handOver of batch) {
      const message = leftOut.cause(handOver);
      const result: HandOverResult = message === null
        ? await this.#one(session, handOver, first)
        : { ok: false, reason: "fenced", message };
      results.push(result);
      if (result.ok) first += handOver.events.length;
      else leftOut.add(handOver);
    }
    return results;
  }

  #answers(batch: readonly HandOver[]): Clean[] {
    return answersOf(batch.flatMap(({ answers }) => answers), this.#writer.node.no);
  }

  async #one(session: Session, handOver: HandOver, first: number): Promise<HandOverResult> {
    const flattened = flatten([handOver], first);
    if (!flattened.ok) return flattened;
    const statements = [...writtenOf(flattened.flat, this.#writing), ...this.#answers([handOver])];
    const sent = [
      session.run("SAVEPOINT hand_over"),
      ...statements.map(({ sql, values }) => session.ask(sql, values)),
      session.run("RELEASE hand_over"),
    ];
    const error = await firstError(sent);
    if (error === undefined) return { ok: true, eventIds: [] };
    const reason = meaningOf(error);
    if (reason !== "fenced" && reason !== "refused") throw error;
    await session.run("ROLLBACK TO hand_over; RELEASE hand_over");
    return { ok: false, reason, message: (error as Error).message };
  }
}

/** The ids of a batch's events, which the transaction begins with if there are any. */
class EventIds {
  before: number | null = null;
  readonly #count: number;

  constructor(batch: readonly HandOver[]) {
    this.#count = batch.reduce((sum, { events }) => sum + events.length, 0);
  }

  get taken(): { first?: (session: Session) => Promise<void> } {
    if (this.#count === 0) return {};
    return {
      first: async (session) => {
        const [row] = await session.rows(TAKE_EVENT_IDS, [this.#count]);
        this.before = row!.before;
      },
    };
  }
}

/** What each hand-over is told: ids grow with those that were taken. */
function resultsOf(
  batch: readonly HandOver[],
  { eventsBefore, outcome }: Pick<LastCommit, "eventsBefore" | "outcome">,
): HandOverResult[] {
  const told = outcome === null ? null : parseJson<HandOverResult[]>(outcome);
  let id = eventsBefore ?? 0;
  return batch.map(({ events }, i) => {
    const result = told?.[i];
    if (result && !result.ok) return result;
    return { ok: true, eventIds: events.map(() => ++id as EventId) };
  });
}
