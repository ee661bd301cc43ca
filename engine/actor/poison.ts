// How a run that processes died of is set aside, without being loaded.

import { OpcodeError } from "../../core/errors.ts";
import { isTerminal } from "../../core/status.ts";
import { RunSecrets } from "../secrecy/run-secrets.ts";
import type { Suspect } from "../store/store.ts";
import type { RunEnv } from "./run-env.ts";
import { suspend } from "../transition/activity.ts";
import { newRun } from "../state/new-run.ts";
import type { Marks } from "../state/marks.ts";
import { Turn } from "../transition/turn.ts";

/**
 * Suspends the run as poisoned, unless it has ended: false then. Of its state only the row is read: its
 * steps stay as they are, until `retry` lets them go on or `cancel` ends them.
 */
export async function poison(env: RunEnv, suspect: Omit<Suspect, "id">): Promise<boolean> {
  const row = await env.store.runByNo(suspect.runNo);
  if (!row || isTerminal(row.status)) return false;
  env.suspects.poisoned(row.id);
  const marks: Marks = row.marks === null ? {} : JSON.parse(row.marks);
  if (marks.poisoned) return true;
  const { deaths, reason } = suspect;
  const run = newRun({
    row,
    plan: await env.plan(row.templateName, row.templateVersion),
    inputs: { inputs: {}, given: new Set() },
    secrets: new RunSecrets(env.secrets, { runId: row.id }),
  });
  run.marks = { ...marks, poisoned: { deaths, reason: reason ?? "unknown" } };
  const turn = new Turn({ run, env, number: 1, post: () => {}, exists: true });
  turn.eventWith("workflow_interrupted", null, {
    reason: "poisoned",
    steps: [],
    ...run.marks.poisoned,
  });
  if (row.status !== "suspended") suspend(turn);
  const handOver = turn.finish()!;
  const result = await new Promise<{ ok: boolean; message?: string }>((resolve) =>
    env.journal.submit(handOver, resolve)
  );
  if (!result.ok) throw new OpcodeError("STORE_ERROR", result.message!);
  env.log.error("run poisoned: it waits for retry or cancel", {
    workflow_id: row.id,
    agent_id: row.agentId,
    deaths,
    reason,
    hint: `opcode signal ${row.id} retry, or opcode signal ${row.id} cancel`,
  });
  return true;
}
