// How this node comes by trees of runs that nobody has who is alive, and lets them go.

import { openRunColumns } from "../sql/reads/runs.ts";
import type { Claim, OpenRun, OwnershipStore } from "../store.ts";
import { POSTGRES } from "./dialect.ts";
import { storeError } from "./fault.ts";
import type { Readers } from "./readers.ts";
import type { Session } from "./session.ts";

/** Of the first run of a tree: nobody who is alive has it. Who claims it at the same time finds the other. */
const UNOWNED = "NOT EXISTS (SELECT 1 FROM nodes WHERE nodes.no = root.owner)";

/** Also when it is ours already: then nothing is written. */
const CLAIM = `WITH wanted AS (
    SELECT root_run_no FROM runs WHERE id = $1::text
  ), claimed AS (
    UPDATE runs AS root SET owner = $2::int8
    WHERE run_no = (SELECT root_run_no FROM wanted) AND ${UNOWNED} RETURNING run_no
  ) SELECT EXISTS (SELECT 1 FROM wanted) AS there, EXISTS (SELECT 1 FROM claimed)
    OR EXISTS (SELECT 1 FROM runs WHERE run_no = (SELECT root_run_no FROM wanted)
      AND owner = $2::int8) AS ours`;

/** Others who look at the same time are given other trees. */
const ADOPT = `WITH open AS (
    SELECT run_no, root_run_no FROM runs AS one WHERE status <= 1 AND EXISTS (
      SELECT 1 FROM runs AS root WHERE root.run_no = one.root_run_no AND ${UNOWNED})
    ORDER BY run_no LIMIT $1::int8
  ), roots AS (
    SELECT run_no FROM runs AS root WHERE run_no IN (SELECT root_run_no FROM open) AND ${UNOWNED}
    FOR UPDATE SKIP LOCKED
  ), claimed AS (
    UPDATE runs SET owner = $2::int8 WHERE run_no IN (SELECT run_no FROM roots) RETURNING run_no
  ) SELECT open.run_no, (SELECT count(*) FROM open) AS found FROM open
    WHERE root_run_no IN (SELECT run_no FROM claimed)`;

const OPEN = `SELECT ${openRunColumns(POSTGRES)} FROM runs
  WHERE run_no = ANY($1::int8[]) ORDER BY run_no`;

export class Trees implements OwnershipStore {
  readonly #readers: Readers;
  readonly #nodeNo: number;

  constructor(readers: Readers, nodeNo: number) {
    this.#readers = readers;
    this.#nodeNo = nodeNo;
  }

  claim(id: string): Promise<Claim> {
    return this.#with(async (session) => {
      const [row] = await session.rows(CLAIM, [id, this.#nodeNo]);
      if (row!.there === 0) return "nowhere";
      return row!.ours === 1 ? "ours" : "elsewhere";
    });
  }

  adopt(limit: number): Promise<{ runs: OpenRun[]; more: boolean }> {
    return this.#with(async (session) => {
      const rows = await session.rows(ADOPT, [limit, this.#nodeNo]);
      const found = rows[0]?.found ?? 0;
      const numbers = `{${rows.map(({ run_no }) => run_no).join(",")}}`;
      const open = await session.rows(OPEN, [numbers]);
      const runs = open.map(({ run_no: runNo, id, bytes }) => ({ runNo, id, bytes }));
      return { runs, more: found === limit };
    });
  }

  release(id: string): Promise<void> {
    return this.#with(async (session) => {
      await session.ask(
        `UPDATE runs SET owner = NULL WHERE owner = $2
         AND run_no = (SELECT root_run_no FROM runs WHERE id = $1)`,
        [id, this.#nodeNo],
      );
    });
  }

  async #with<T>(work: (session: Session) => Promise<T>): Promise<T> {
    try {
      return await this.#readers.with(work);
    } catch (error) {
      throw storeError(error);
    }
  }
}
