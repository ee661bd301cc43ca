// How nodes leave each other messages about runs, and their answers, in rows.

import type { Message, MessageAnswer } from "../store.ts";
import { UNOWNED } from "./dialect.ts";
import type { NodeId } from "./node.ts";
import type { Clean } from "./old-rows.ts";
import type { Session } from "./session.ts";

/** How long an answer is kept for who has asked, and a message that nobody can do anything about. */
const KEPT = "interval '10 minutes'";

export async function leaveMessage(
  session: Session,
  { id, runId, request }: Message,
): Promise<void> {
  await session.ask(
    `INSERT INTO inbox (id, run_no, request) SELECT $1::text, run_no, $3::text FROM runs
     WHERE id = $2::text ON CONFLICT (id) DO NOTHING`,
    [id, runId, request],
  );
}

export async function readMessages(
  session: Session,
  nodeNo: number,
  limit: number,
): Promise<Message[]> {
  const rows = await session.rows(
    `SELECT i.id, r.id AS run_id, i.request FROM inbox i JOIN runs r ON r.run_no = i.run_no
       JOIN runs root ON root.run_no = r.root_run_no
     WHERE i.answer IS NULL AND (root.owner = $1::int8 OR ${UNOWNED})
     ORDER BY i.asked_at LIMIT $2::int8`,
    [nodeNo, limit],
  );
  return rows.map(({ id, run_id: runId, request }) => ({ id, runId, request }));
}

export async function readAnswer(session: Session, id: string): Promise<string | null> {
  const [row] = await session.rows("SELECT answer FROM inbox WHERE id = $1::text", [id]);
  return row?.answer ?? null;
}

/** What was asked is not kept for longer than it is needed: it may say what nobody else is to know. */
const ANSWER = `UPDATE inbox SET answer = $2::text, request = '', answered_at = clock_timestamp()
  WHERE id = $1::text AND answer IS NULL`;

/** A process that another has followed as this node, or that was given up, answers nothing. */
export async function writeAnswer(
  session: Session,
  { id, text }: MessageAnswer,
  { no, incarnation }: NodeId,
): Promise<void> {
  await session.ask(
    `${ANSWER} AND EXISTS (
       SELECT 1 FROM nodes WHERE no = $3::int8 AND incarnation = $4::text)`,
    [id, text, no, incarnation],
  );
}

/** The same in a transaction: it fails when the run is not this node's, or the message is answered. */
export function answersOf(answers: readonly MessageAnswer[], nodeNo: number): Clean[] {
  return answers.map(({ id, text }) => ({
    sql: `WITH done AS (${ANSWER} AND EXISTS (
        SELECT 1 FROM runs r JOIN runs root ON root.run_no = r.root_run_no
        WHERE r.run_no = inbox.run_no AND root.owner = $3::int8) RETURNING 1)
      SELECT must(count(*) = 1, 'the run is another node''s, or the message is answered') FROM done`,
    values: [id, text, nodeNo],
  }));
}

export async function removeOldMessages(session: Session): Promise<void> {
  await session.ask(`DELETE FROM inbox WHERE answered_at < clock_timestamp() - ${KEPT}`);
  await session.ask(
    `DELETE FROM inbox WHERE answer IS NULL AND asked_at < clock_timestamp() - ${KEPT}
    AND NOT EXISTS (SELECT 1 FROM runs WHERE runs.run_no = inbox.run_no)`,
  );
}
