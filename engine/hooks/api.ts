// What is asked of hooks, and answered.

import type { Leaving } from "../../core/departure.ts";
import type { ErrorObject, OpcodeError } from "../../core/errors.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import type { RunStatus } from "../../core/status.ts";

export interface HookPage {
  template_name?: string | undefined;
  agent_id?: string | undefined;
  /** 1 to 1,000. */
  limit?: number | string | undefined;
  cursor?: string | undefined;
}

export interface HookVerbs {
  /** By template and name, with what has come to each since the daemon's start. */
  list(page?: HookPage): Promise<{ hooks: JsonObject[]; next_cursor?: string }>;
  /** The last deliveries that were rejected, the newest first. NOT_FOUND when there is no such hook. */
  log(template: string, name: string): Promise<JsonObject>;
  /** What a delivery would come to; starts nothing. NOT_FOUND when there is no such hook. */
  test(template: string, name: string, sample: HookSample): Promise<Rehearsed & { name: string }>;
}

/** A delivery that nobody has made. */
export interface HookSample {
  /** By name; without a `content-type` the body is JSON. */
  headers?: Record<string, string>;
  query?: Record<string, string | string[]>;
  /** Its text, as it would come. */
  body?: string;
}

export interface Rehearsed {
  /** `run`: it would start one; `refused`: not verified, or for the `error`. */
  outcome: "run" | "replayed" | "challenge" | "refused";
  verification: "verified" | "not verified" | "not asked for";
  /** Why it is not verified. */
  reason?: string;
  delivery_id?: string;
  /** Of the same delivery the run that it has started before. */
  workflow_id?: string;
  /** What the run would be given. */
  params?: JsonObject;
  /** Why it would start nothing, whoever had sent it; `details.path`: what is wrong. */
  error?: ErrorObject;
}

/** One request to a hook, of which nothing is proved yet. */
export interface Delivery {
  template: string;
  name: string;
  method: string;
  /** By lower-case name; of a header that came several times the values, joined by ", ". */
  header(name: string): string | undefined;
  query: [string, string][];
  /** Reads the body; rejects when it breaks off. */
  bytes(): Promise<Uint8Array>;
  /** What the bytes say as JSON; VALIDATION_ERROR for what is none. */
  json(bytes: Uint8Array): Promise<Json>;
  /** Why it may not come without a proof of its own; null when it may. */
  stranger: string | null;
  /** How long to wait for the run, ms. */
  waitMs: number;
  /** What is wrong with how it asks for that: it starts nothing then. */
  fault?: OpcodeError;
  /** Makes the call that waits for it, as whoever takes the request lets it wait. */
  waiting<T>(call: (watch: { signal?: Leaving }) => Promise<T>): Promise<T>;
}

/**
 * Why a delivery starts nothing: there is no such hook, another method was used, its sender is not known,
 * it cannot be verified as things are, it cannot be read, or the template cannot take it.
 */
export type RefusedFor =
  | "unknown"
  | "method"
  | "unverified"
  | "unavailable"
  | "kind"
  | "unreadable"
  | "unsuitable";

export type Received =
  | {
    outcome: "run";
    workflow_id: string;
    status: RunStatus;
    /** The delivery had come before: this is its run. */
    replayed?: true;
    waiting?: boolean;
    output?: Json;
    error?: { code: string; message: string };
  }
  /** The sender asks whether somebody is there. */
  | { outcome: "challenge"; challenge: string }
  | { outcome: "refused"; why: RefusedFor; error: ErrorObject };
