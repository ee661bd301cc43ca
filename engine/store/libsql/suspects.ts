// Which runs the process may die of: noted by the writer's thread, which lives while the main one is stuck.

import type { Suspect } from "../store.ts";
import { SUSPECT } from "../sql/reads/rows.ts";
import { LOOK_MS, STUCK, StuckTurn } from "../stuck-turn.ts";
import type { Connection } from "./connection.ts";
import { Queries } from "./queries.ts";

export class Suspects {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Counts a death for each run that the last process had not got through with. */
  countDeaths(): Suspect[] {
    this.#connection.exec(
      "UPDATE suspects SET deaths = deaths + 1, reason = doing, doing = NULL WHERE doing IS NOT NULL",
    );
    const queries = new Queries(this.#connection);
    const rows = queries.rows(
      `SELECT ${SUSPECT.columns("s")}, r.id
       FROM suspects s JOIN runs r ON r.run_no = s.run_no ORDER BY s.run_no`,
    );
    return rows.map((raw) => ({ ...SUSPECT.decode(raw), id: raw.id }));
  }

  /** `doing`: what may cost the process its life; null: it got through. */
  suspect(runNo: number, doing: string | null): null {
    if (doing === null) {
      this.#run("DELETE FROM suspects WHERE run_no = ? AND deaths = 0", [runNo]);
      this.#run("UPDATE suspects SET doing = NULL WHERE run_no = ?", [runNo]);
    } else {
      this.#run(
        `INSERT INTO suspects (run_no, deaths, doing) VALUES (?, 0, ?)
         ON CONFLICT (run_no) DO UPDATE SET doing = excluded.doing`,
        [runNo, doing],
      );
    }
    return null;
  }

  condemn(runNo: number, deaths: number): null {
    this.#run(
      `INSERT INTO suspects (run_no, deaths) VALUES (?, ?)
       ON CONFLICT (run_no) DO UPDATE SET deaths = excluded.deaths, doing = NULL`,
      [runNo, deaths],
    );
    return null;
  }

  trust(runNo: number): null {
    this.#run("DELETE FROM suspects WHERE run_no = ?", [runNo]);
    return null;
  }

  /** The process ends as it should: nobody is to blame for that. */
  close(): void {
    this.#connection.exec("DELETE FROM suspects WHERE deaths = 0");
    this.#connection.exec("UPDATE suspects SET doing = NULL");
  }

  /** Notes a run whose turn does not end; `now`: its number, or 0, and how many turns there were. */
  watch(now: Float64Array): void {
    const stuck = new StuckTurn(now);
    let noted = 0;
    setInterval(() => {
      const runNo = stuck.look();
      if (runNo === noted) return;
      if (noted !== 0) this.suspect(noted, null);
      if (runNo !== 0) this.suspect(runNo, STUCK);
      noted = runNo;
    }, LOOK_MS).unref();
  }

  #run(sql: string, values: (number | string)[]): void {
    this.#connection.prepare(sql).run(values);
  }
}
