// What others notice of an attack: whether /healthz answers, another agent's runs complete, and who serves.

import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { SpawnedDaemon } from "./daemon.ts";
import { startHealthProbe } from "./health-probe.ts";
import { defineTemplate, rest } from "./http.ts";

const STRICT = process.env.STRICT === "1";
/** Of 99 in 100 answers on /healthz, ms. */
const BAR_MS = 50;

const NAME = "beside";

/** A run of another agent, which has to complete. Milliseconds. */
export async function neighbourRun(url: string): Promise<number> {
  const began = performance.now();
  const request = { template_name: NAME, agent_id: "neighbour", wait_ms: 60_000 };
  const { body } = await rest(url, "POST", "/api/v1/runs", request);
  assert.equal(body.status, "completed", JSON.stringify(body).slice(0, 500));
  return performance.now() - began;
}

export async function defineBeside(url: string): Promise<void> {
  await defineTemplate(url, NAME, [
    { id: "a", action: "crypto.uuid" },
    { id: "b", action: "fs.stat", params: { path: "/" }, depends_on: ["a"] },
    { id: "c", action: "jq.transform", params: { filter: ".", data: 1 }, depends_on: ["b"] },
  ]);
}

/** Attacks, with runs of a neighbour all the while. The daemon is the same process afterwards. */
export async function besideOthers<T>(
  t: TestContext,
  daemon: SpawnedDaemon,
  attack: () => Promise<T>,
): Promise<T> {
  const { url, child } = daemon;
  assert.deepEqual([child.exitCode, child.signalCode], [null, null], "it was alive before");
  await defineBeside(url);
  const probe = startHealthProbe(url);
  const times: number[] = [];
  let over = false;
  const ended = attack().finally(() => over = true);
  // Looked at below; until then it is nobody's failure.
  ended.catch(() => {});
  const began = performance.now();
  try {
    do times.push(await neighbourRun(url)); while (!over);
  } catch (error) {
    t.diagnostic(daemon.log().slice(-2_000));
    throw error;
  } finally {
    const { answered, failed, p99, max } = await probe.stop();
    const worst = Math.max(...times).toFixed(0);
    t.diagnostic(
      `${
        ((performance.now() - began) / 1_000).toFixed(1)
      } s; ${times.length} runs of a neighbour, ` +
        `worst ${worst} ms; /healthz ${answered} times, p99 ${p99.toFixed(0)}, max ${
          max.toFixed(0)
        } ms`,
    );
    if (child.exitCode === null && child.signalCode === null) {
      assert.equal(failed, 0, "answers on /healthz other than 200");
      if (STRICT) assert.ok(p99 <= BAR_MS, `p99 ${p99} ms`);
    }
  }
  const answer = await ended;
  assert.deepEqual([child.exitCode, child.signalCode], [null, null], daemon.log().slice(-2_000));
  await neighbourRun(url);
  return answer;
}

/** How often each end came, for a diagnostic and an assertion. */
export function endsOf(answers: readonly { body: any }[]): Record<string, number> {
  const ends: Record<string, number> = {};
  for (const { body } of answers) {
    const end = body?.error?.code ?? body?.status ?? "other";
    ends[end] = (ends[end] ?? 0) + 1;
  }
  return ends;
}

/** Fails when there is an end that is not among these. */
export function assertEnds(t: TestContext, answers: readonly { body: any }[], allowed: string[]) {
  const ends = endsOf(answers);
  t.diagnostic(JSON.stringify(ends));
  const others = Object.keys(ends).filter((end) => !allowed.includes(end));
  const odd = answers.find(({ body }) => others.includes(body?.error?.code ?? body?.status));
  assert.deepEqual(others, [], JSON.stringify(odd?.body)?.slice(0, 500));
}
