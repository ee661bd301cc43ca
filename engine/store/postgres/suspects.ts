// Which runs processes may die of: noted beside all hand-overs, and counted once the node that noted them is gone.

import type { Suspect } from "../store.ts";
import { SUSPECT } from "../sql/reads/rows.ts";
import type { Raw } from "../sql/reading.ts";
import { encodeNumbers } from "./arrays.ts";
import type { Session } from "./session.ts";
import { note, takeBack } from "./suspect-notes.ts";
import type { Writer } from "./writer.ts";

const ALL = `SELECT ${SUSPECT.columns("s")}, r.id FROM suspects s
  JOIN runs r ON r.run_no = s.run_no`;

const OURS = `${ALL} JOIN runs root ON root.run_no = r.root_run_no WHERE root.owner = $1::int8`;

const OF_TREES = `${ALL} WHERE r.root_run_no = ANY(ARRAY(
  SELECT root_run_no FROM runs WHERE run_no = ANY($1::int8[])))`;

export class Suspects {
  readonly #writer: Writer;
  readonly #shared: boolean;

  /** `shared`: other nodes write, and runs are theirs. */
  constructor(writer: Writer, { shared }: { shared: boolean }) {
    this.#writer = writer;
    this.#shared = shared;
  }

  /** Also of the process that this data directory had before. */
  countDeaths(): Promise<Suspect[]> {
    return this.#writer.transaction(async (session) => {
      await session.ask("SELECT count_deaths()");
      const rows = this.#shared
        ? await session.rows(`${OURS} ORDER BY s.run_no`, [this.#writer.node.no])
        : await session.rows(`${ALL} ORDER BY s.run_no`);
      return rows.map(suspectOf);
    });
  }

  /** `doing`: what may cost the process its life; null: it got through. */
  suspect(runNo: number, doing: string | null): Promise<void> {
    const { node } = this.#writer;
    return this.#run((session) =>
      doing === null ? takeBack(session, node, runNo) : note(session, node, { runNo, doing })
    );
  }

  condemn(runNo: number, deaths: number): Promise<void> {
    return this.#run((session) =>
      session.ask(
        `INSERT INTO suspects (run_no, deaths) VALUES ($1, $2)
         ON CONFLICT (run_no) DO UPDATE SET deaths = excluded.deaths, doing = NULL, node_no = NULL,
           incarnation = NULL`,
        [runNo, deaths],
      )
    );
  }

  trust(runNo: number): Promise<void> {
    return this.#run((session) => session.ask("DELETE FROM suspects WHERE run_no = $1", [runNo]));
  }

  async #run(work: (session: Session) => Promise<unknown>): Promise<void> {
    await this.#writer.transaction(work, { atOnce: true });
  }
}

/** Those among all that belong to the trees of these runs. */
export async function suspectsAmong(
  session: Session,
  runNos: readonly number[],
): Promise<Suspect[]> {
  const rows = await session.rows(`${OF_TREES} ORDER BY s.run_no`, [encodeNumbers(runNos)]);
  return rows.map(suspectOf);
}

function suspectOf(raw: Raw): Suspect {
  return { ...SUSPECT.decode(raw), id: raw.id };
}
