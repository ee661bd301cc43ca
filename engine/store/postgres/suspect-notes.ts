// The statements by which a node notes what may cost it its life, and takes that back: from whichever of its threads.

import type { NodeId } from "./node.ts";
import type { Session } from "./session.ts";

const BY_US = "node_no = $1::int8 AND incarnation = $2";

/** As long as the node's row is there, which stays until that is done: who removes it finds the note. */
const NOTE = `WITH alive AS (
    SELECT 1 FROM nodes WHERE no = $1::int8 AND incarnation = $2 FOR KEY SHARE
  ) INSERT INTO suspects (run_no, deaths, doing, node_no, incarnation)
    SELECT $3::int8, 0, $4, $1::int8, $2 FROM alive
    ON CONFLICT (run_no) DO UPDATE SET doing = excluded.doing, node_no = excluded.node_no,
      incarnation = excluded.incarnation`;

/** What costs no life any more, of one run or of all: a run that has cost none is no suspect. */
const TAKE_BACK = (which: string) => [
  `DELETE FROM suspects WHERE deaths = 0 AND ${BY_US} ${which}`,
  `UPDATE suspects SET doing = NULL, node_no = NULL, incarnation = NULL WHERE ${BY_US} ${which}`,
];
const OF_RUN = TAKE_BACK("AND run_no = $3::int8");
const OF_ALL = TAKE_BACK("");

/** `doing`: what may cost the process its life. */
export async function note(
  session: Session,
  { no, incarnation }: NodeId,
  { runNo, doing }: { runNo: number; doing: string },
): Promise<void> {
  await session.ask(NOTE, [no, incarnation, runNo, doing]);
}

/** It got through with the run. */
export async function takeBack(
  session: Session,
  { no, incarnation }: NodeId,
  runNo: number,
): Promise<void> {
  await Promise.all(OF_RUN.map((sql) => session.ask(sql, [no, incarnation, runNo])));
}

/** The process ends as it should: nobody is to blame for that. */
export async function takeAllBack(
  session: Session,
  { no, incarnation }: NodeId,
): Promise<void> {
  await Promise.all(OF_ALL.map((sql) => session.ask(sql, [no, incarnation])));
}
