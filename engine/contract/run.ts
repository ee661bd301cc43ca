// What `run` takes.

import type { JsonObject } from "../../core/json.ts";
import { AGENT_ID, type Contract, identifier, stepId, TEXT, version, WAIT_MS } from "./terms.ts";

export interface RunRequest {
  /** May be left out with `from_run`. */
  template_name?: string;
  agent_id: string;
  /** `v2`, `2`, `latest`, or empty for the latest; with `from_run` empty is that run's own. */
  version?: string;
  /** With `from_run` absent means that run's. */
  params?: JsonObject;
  /** How long to wait for an end or a pause, 0–600,000 ms; the run goes on regardless. */
  wait_ms?: number;
  idempotency_key?: string;
  /** When it begins, RFC 3339; it is listed, and may be cancelled, until then. */
  start_at?: string;
  /** The same as a duration from now. */
  delay?: string;
  /** A workflow that has ended or is suspended; the new one keeps what it had done. */
  from_run?: string;
  /** The top-level step of `from_run` to begin from: it and what follows from it run again. */
  from_step?: string;
}

export const RUN: Contract<RunRequest> = {
  properties: {
    template_name: identifier("Or from_run."),
    agent_id: AGENT_ID,
    version: version("Default: latest; with from_run: its own."),
    params: { type: "object", description: "Default with from_run: its own." },
    wait_ms: { ...WAIT_MS, description: "0: do not wait." },
    idempotency_key: identifier(
      "Again: the first run, replayed: true.",
    ),
    start_at: { ...TEXT, description: "RFC 3339." },
    delay: { ...TEXT, description: "2h" },
    from_run: identifier("An ended or suspended workflow."),
    from_step: stepId("A top-level step of it."),
  },
  required: ["agent_id"],
};
