// What the daemon has logged lately: whole lines in memory, the oldest dropped first.

import type { Leaving } from "../core/departure.ts";
import type { JsonObject } from "../core/json.ts";
import { type Level, LOG_LEVELS } from "../core/log.ts";

/** Characters of the lines that are kept. */
const MOST = 4 * 1024 * 1024;

export interface LogLine {
  /** Counts up from 1 with every line of this process. */
  id: number;
  entry: JsonObject;
}

export interface LogFilter {
  /** Only lines after this one. */
  after: number;
  /** Only this run's lines. */
  runId?: string | undefined;
  /** Only lines of this step, by its full id. */
  stepId?: string | undefined;
  /** Only lines of this agent's runs. */
  agentId?: string | undefined;
  /** Only lines of this level and those above. */
  level: Level;
  /** Only lines since then, epoch ms. */
  since: number;
}

interface Kept {
  id: number;
  text: string;
  level: Level;
  at: number;
}

export class LogRing {
  readonly #lines: Kept[] = [];
  /** Where the lines begin that are still kept. */
  #head = 0;
  #size = 0;
  #last = 0;
  readonly #waiting = new Set<() => void>();

  /** The id of the newest line; 0 before the first. */
  get last(): number {
    return this.#last;
  }

  /** Keeps a line as the logger wrote it. */
  add(text: string, level: Level, at: number): void {
    this.#lines.push({ id: ++this.#last, text, level, at });
    this.#size += text.length;
    while (this.#size > MOST && this.#head < this.#lines.length - 1) {
      const oldest = this.#lines[this.#head++]!;
      this.#size -= oldest.text.length;
      oldest.text = "";
    }
    // In bulk: taking lines from the front one by one would move all others each time.
    if (this.#head > 4_096) {
      this.#lines.splice(0, this.#head);
      this.#head = 0;
    }
    for (const wake of this.#waiting) wake();
  }

  /** The newest `limit` lines that the filter lets through, oldest first. */
  list(filter: LogFilter, limit: number): LogLine[] {
    const found: LogLine[] = [];
    const levels = LOG_LEVELS.slice(LOG_LEVELS.indexOf(filter.level));
    for (let i = this.#lines.length - 1; i >= this.#head && found.length < limit; i--) {
      const { id, text, level, at } = this.#lines[i]!;
      if (id <= filter.after) break;
      if (at < filter.since || !levels.includes(level)) continue;
      // Parsed last: most lines that do not pass are recognised without.
      if (filter.runId !== undefined && !text.includes(filter.runId)) continue;
      const entry = JSON.parse(text) as JsonObject;
      if (filter.runId !== undefined && entry.workflow_id !== filter.runId) continue;
      if (filter.stepId !== undefined && entry.step_id !== filter.stepId) continue;
      if (filter.agentId !== undefined && entry.agent_id !== filter.agentId) continue;
      found.push({ id, entry });
    }
    return found.reverse();
  }

  /** Resolves with the next line, or when the signal is aborted. */
  next(signal: Leaving): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        this.#waiting.delete(wake);
        signal.removeEventListener("abort", wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener("abort", wake, { once: true });
    });
  }
}
