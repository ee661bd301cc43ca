// Which runs the process may die of: noted beside all hand-overs.

import type { Suspect } from "../store.ts";
import { SUSPECT } from "../sql/reads/rows.ts";
import type { Parameter, Session } from "./session.ts";
import type { Writer } from "./writer.ts";

export class Suspects {
  readonly #writer: Writer;

  constructor(writer: Writer) {
    this.#writer = writer;
  }

  /** Counts a death for each run that the last process had not got through with. */
  countDeaths(): Promise<Suspect[]> {
    return this.#writer.transaction(async (session) => {
      await session.ask(
        `UPDATE suspects SET deaths = deaths + 1, reason = doing, doing = NULL
         WHERE doing IS NOT NULL`,
      );
      const rows = await session.rows(
        `SELECT ${SUSPECT.columns("s")}, r.id
         FROM suspects s JOIN runs r ON r.run_no = s.run_no ORDER BY s.run_no`,
      );
      return rows.map((raw) => ({ ...SUSPECT.decode(raw), id: raw.id }));
    });
  }

  /** `doing`: what may cost the process its life; null: it got through. */
  suspect(runNo: number, doing: string | null): Promise<void> {
    return doing === null
      ? this.#run(
        ["DELETE FROM suspects WHERE run_no = $1 AND deaths = 0", [runNo]],
        ["UPDATE suspects SET doing = NULL WHERE run_no = $1", [runNo]],
      )
      : this.#run([
        `INSERT INTO suspects (run_no, deaths, doing) VALUES ($1, 0, $2)
         ON CONFLICT (run_no) DO UPDATE SET doing = excluded.doing`,
        [runNo, doing],
      ]);
  }

  condemn(runNo: number, deaths: number): Promise<void> {
    return this.#run([
      `INSERT INTO suspects (run_no, deaths) VALUES ($1, $2)
       ON CONFLICT (run_no) DO UPDATE SET deaths = excluded.deaths, doing = NULL`,
      [runNo, deaths],
    ]);
  }

  trust(runNo: number): Promise<void> {
    return this.#run(["DELETE FROM suspects WHERE run_no = $1", [runNo]]);
  }

  async #run(...statements: [sql: string, values: Parameter[]][]): Promise<void> {
    await this.#writer.transaction(
      (session) => Promise.all(statements.map(([sql, values]) => session.ask(sql, values))),
      { atOnce: true },
    );
  }
}

/** The process ends as it should: nobody is to blame for that. */
export async function forgetSuspects(session: Session): Promise<void> {
  await session.ask("DELETE FROM suspects WHERE deaths = 0");
  await session.ask("UPDATE suspects SET doing = NULL WHERE doing IS NOT NULL");
}
