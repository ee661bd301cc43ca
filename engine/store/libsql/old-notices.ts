// How notices go for which there is no room or no time any more: what is left says how many they were.

import { MOST_NOTICES, NOTICE_MS } from "../notice-terms.ts";
import type { NoticeRow } from "../store.ts";
import { columnsOf, NOTICES } from "../tables.ts";
import { type Value, WIDTH } from "../sql/lists.ts";
import type { Connection, Statement } from "./connection.ts";

const placeOf = (name: keyof NoticeRow) =>
  columnsOf(NOTICES).findIndex(({ field }) => field === name);
const AGENT = placeOf("agentId");
const AT = placeOf("at");

/** Of those whose time is over, how many one commit removes for each that it writes, and at least. */
const REMOVED_FOR_EACH = 4;

interface Gone {
  no: number;
  agent_id: string;
  dropped: number;
}

/** What is asked of the table; prepared with the first notice there is. */
interface Statements {
  count: Statement;
  oldest: Statement;
  expired: Statement;
  remove: Statement;
  carry: Statement;
  counted: Statement;
}

export class OldNotices {
  readonly #connection: Connection;
  #made: Statements | null = null;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** `written`: the rows of a batch, flat, which are in the table by now. */
  trim(written: readonly Value[]): void {
    const agents = new Set<string>();
    let newest = 0;
    for (let at = 0; at < written.length; at += WIDTH.notices) {
      agents.add(written[at + AGENT] as string);
      newest = Math.max(newest, written[at + AT] as number);
    }
    const { count, oldest, expired } = this.#statements();
    for (const agent of agents) {
      const [{ n }] = count.all([agent]) as [{ n: number }];
      if (n > MOST_NOTICES) this.#drop(oldest.all([agent, n - MOST_NOTICES]) as Gone[]);
    }
    const most = REMOVED_FOR_EACH * (written.length / WIDTH.notices);
    this.#drop(expired.all([newest - NOTICE_MS, most]) as Gone[]);
  }

  /** These are about to go, told to nobody: what they say of others stays with the next one. */
  withdraw(ids: readonly string[]): void {
    if (ids.length === 0) return;
    const { counted, carry } = this.#statements();
    for (const id of ids) {
      for (const { no, agent_id, dropped } of counted.all([id]) as Gone[]) {
        carry.run([dropped, agent_id, no]);
      }
    }
  }

  #drop(rows: readonly Gone[]): void {
    const { remove, carry } = this.#statements();
    const lost = new Map<string, number>();
    for (const { no, agent_id, dropped } of rows) {
      remove.run([no]);
      lost.set(agent_id, (lost.get(agent_id) ?? 0) + dropped + 1);
    }
    for (const [agent, dropped] of lost) carry.run([dropped, agent, 0]);
  }

  #statements(): Statements {
    const prepare = (sql: string) => this.#connection.prepare(sql);
    return this.#made ??= {
      count: prepare("SELECT count(*) AS n FROM notices WHERE agent_id = ?"),
      oldest: prepare(
        "SELECT no, agent_id, dropped FROM notices WHERE agent_id = ? ORDER BY no LIMIT ?",
      ),
      expired: prepare(
        "SELECT no, agent_id, dropped FROM notices WHERE at < ? ORDER BY at LIMIT ?",
      ),
      remove: prepare("DELETE FROM notices WHERE no = ?"),
      carry: prepare(
        `UPDATE notices SET dropped = dropped + ? WHERE no =
           (SELECT min(no) FROM notices WHERE agent_id = ? AND no > ?)`,
      ),
      counted: prepare("SELECT no, agent_id, dropped FROM notices WHERE id = ? AND dropped > 0"),
    };
  }
}
