// What the others do all the time: define, start, signal, ask, look away; one deed after the other.

import { mcpSession } from "../support/raw-mcp.ts";
import { rest } from "../support/http.ts";
import { badTaste, type Random } from "./tastes.ts";

/** Runs that a troublemaker remembers, to signal them and ask about them. */
const REMEMBERED = 200;

export class Troublemaker {
  readonly #random: Random;
  readonly #agent: string;
  #runs: string[] = [];
  /** How often each deed was done, and each taste started, by name. */
  readonly deeds = new Map<string, number>();
  /** How often each HTTP status came back. */
  readonly answers = new Map<string, number>();
  #ended = false;

  constructor(random: Random, agent: string) {
    this.#random = random;
    this.#agent = agent;
  }

  stop(): void {
    this.#ended = true;
  }

  async play(url: () => string | null): Promise<void> {
    while (!this.#ended) {
      const at = url();
      if (at === null) {
        await new Promise((resolve) => setTimeout(resolve, 100));
        continue;
      }
      const draw = this.#random();
      try {
        if (draw < 0.35) await this.#start(at);
        else if (draw < 0.6) await this.#signal(at);
        else if (draw < 0.85) await this.#ask(at);
        else if (draw < 0.9) await this.#listen(at);
        else if (draw < 0.95) await this.#session(at);
        else await this.#cancelAll(at);
      } catch {
        // A refused or broken connection: the daemon's watcher judges that.
        count(this.answers, "none");
      }
      await new Promise((resolve) => setTimeout(resolve, 20 + this.#random() * 300));
    }
  }

  async #start(url: string): Promise<void> {
    const { taste, workflow } = badTaste(this.#random);
    const name = taste === "offspring" ? "bad-self" : `bad-${Math.floor(this.#random() * 30)}`;
    count(this.deeds, taste);
    const { steps, definition, input_schema, params } = workflow;
    const defined = await this.#rest(url, "POST", "/api/v1/templates", {
      name,
      agent_id: this.#agent,
      definition: { ...definition, steps },
      ...(input_schema && { input_schema }),
    });
    if (defined.status !== 201 && defined.status !== 200) return;
    const times = this.#random() < 0.2 ? 10 : 1;
    for (let i = 0; i < times; i++) {
      const { body } = await this.#rest(url, "POST", "/api/v1/runs", {
        template_name: name,
        agent_id: this.#agent,
        wait_ms: this.#random() < 0.2 ? 1_000 : 0,
        ...(params && { params }),
      });
      if (typeof body?.workflow_id === "string") this.#runs.push(body.workflow_id);
    }
    if (this.#runs.length > REMEMBERED) this.#runs = this.#runs.slice(-REMEMBERED);
  }

  async #signal(url: string): Promise<void> {
    const run = this.#run();
    if (!run) return;
    const signal_type = this.#pick(["cancel", "retry", "skip", "data", "decision"]);
    count(this.deeds, signal_type);
    await this.#rest(url, "POST", `/api/v1/runs/${run}/signal`, {
      signal_type,
      agent_id: this.#agent,
      ...(signal_type !== "cancel" && signal_type !== "data" && {
        step_id: this.#pick(["s", "s0", "q1", "l", "all"]),
      }),
      ...(signal_type === "data" && { payload: { k: "x".repeat(1 + this.#random() * 10_000) } }),
      ...(signal_type === "decision" && { payload: { choice: "a" } }),
    });
  }

  async #ask(url: string): Promise<void> {
    const run = this.#run() ?? "none";
    const path = this.#pick([
      `/runs/${run}`,
      `/runs/${run}`,
      `/runs/${run}/diagram`,
      `/events?workflow_id=${run}&limit=1000`,
      "/runs?limit=1000",
      "/decisions?limit=1000",
      "/templates?limit=1000",
      "/agents",
      "/logs?limit=1000",
    ]);
    count(this.deeds, path.replace(run, "ID").replace(/\?.*/, ""));
    await this.#rest(url, "GET", `/api/v1${path}`);
  }

  /** A stream that is opened and hardly read. */
  async #listen(url: string): Promise<void> {
    count(this.deeds, "stream");
    const abort = new AbortController();
    const run = this.#random() < 0.5 ? this.#run() : undefined;
    const response = await fetch(`${url}/api/v1/events/stream${run ? `?run=${run}` : ""}`, {
      signal: abort.signal,
    });
    count(this.answers, String(response.status));
    const end = setTimeout(() => abort.abort(), 60_000 * this.#random());
    end.unref();
  }

  async #session(url: string): Promise<void> {
    count(this.deeds, "mcp session");
    await mcpSession(url);
  }

  /** So that an hour does not only heap up: whoever goes on for ever is ended some day. */
  async #cancelAll(url: string): Promise<void> {
    count(this.deeds, "cancel all");
    for (const run of this.#runs.splice(0)) {
      await this.#rest(url, "POST", `/api/v1/runs/${run}/signal`, {
        signal_type: "cancel",
        agent_id: this.#agent,
      });
    }
  }

  async #rest(...request: Parameters<typeof rest>): ReturnType<typeof rest> {
    const answer = await rest(...request);
    const code = answer.body?.error?.code;
    count(this.answers, code ? `${answer.status} ${code}` : String(answer.status));
    return answer;
  }

  #run(): string | undefined {
    return this.#runs[Math.floor(this.#random() * this.#runs.length)];
  }

  #pick<T>(of: readonly T[]): T {
    return of[Math.floor(this.#random() * of.length)]!;
  }
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
