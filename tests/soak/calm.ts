// The neighbour: another agent's small workflow, run again and again while the others misbehave.

import { rest } from "../support/http.ts";

const AGENT = "calm";
const STEPS = [
  { id: "id", action: "crypto.uuid" },
  { id: "stat", action: "fs.stat", depends_on: ["id"], params: { path: "/" } },
  {
    id: "same",
    action: "assert.equals",
    depends_on: ["stat"],
    params: { expected: "${{steps.id.output.uuid}}", actual: "${{steps.id.output.uuid}}" },
  },
];
/** One run every so often, so that it is a neighbour and no load. */
const PAUSE_MS = 250;
/** Longer than this is no answer for a workflow of three small steps. */
const PATIENCE_MS = 60_000;

export class Calm {
  /** How long each run took, ms. */
  readonly took: number[] = [];
  /** What came instead of a completed run, while the daemon was there. */
  readonly wrong: string[] = [];
  #ended = false;

  /** Runs until told to stop; `url`: where the daemon is at the moment, null while there is none. */
  async play(url: () => string | null): Promise<void> {
    let definedAt = "";
    while (!this.#ended) {
      const at = url();
      if (at === null) {
        await pause(50);
        continue;
      }
      try {
        if (definedAt !== at) {
          const definition = { steps: STEPS };
          await rest(at, "POST", "/api/v1/templates", {
            name: "calm",
            agent_id: AGENT,
            definition,
          });
          definedAt = at;
        }
        const began = performance.now();
        const { status, body } = await rest(at, "POST", "/api/v1/runs", {
          template_name: "calm",
          agent_id: AGENT,
          wait_ms: PATIENCE_MS,
        });
        this.took.push(performance.now() - began);
        if (body?.status !== "completed") {
          this.wrong.push(`${status} ${JSON.stringify(body).slice(0, 300)}`);
        }
      } catch (thrown) {
        // A daemon that has just died answers nobody.
        if (url() === at) {
          await pause(1_000);
          if (url() === at) this.wrong.push(String((thrown as Error).cause ?? thrown));
        }
      }
      await pause(PAUSE_MS);
    }
  }

  stop(): void {
    this.#ended = true;
  }

  /** Quantile of the latencies, ms. */
  quantile(q: number): number {
    const sorted = this.took.toSorted((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? NaN;
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
