// What a page of the panel is: where it stands, what it reads, and how that looks.

import type { ComponentType } from "preact";

/** Where somebody is: the path of a page, what it names, and what the query asks of it. */
export interface Place {
  path: string;
  params: Readonly<Record<string, string>>;
  query: URLSearchParams;
}

/** Reads a route of the REST API, by its path behind `/api/v1`. Throws a `Fault`. */
export type Get = <Reply>(path: string) => Promise<Reply>;

export interface ViewProps<Data> {
  data: Data;
  place: Place;
}

export interface Page<Data> {
  /** As `/workflows/:id`. */
  path: string;
  /** What the query of its address may ask for; anything else there is told to be unknown. */
  asks: readonly string[];
  title(data: Data, place: Place): string;
  load(get: Get, place: Place): Promise<Data>;
  /** The query of the event stream whose events change what the page shows; absent: none does. */
  follows?(data: Data, place: Place): string;
  /** Read anew now and then instead: what no event tells of changes it. */
  isReread?: true;
  View: ComponentType<ViewProps<Data>>;
}

/** A page whatever it reads, for lists of pages. */
// deno-lint-ignore no-explicit-any
export type AnyPage = Page<any>;

/** What a route answered instead of what was asked. */
export class Fault extends Error {
  readonly status: number;
  readonly code: string;
  readonly details: Readonly<Record<string, unknown>>;

  /** `status` 0: there was no answer. */
  constructor(status: number, error: { code: string; message: string; details?: object }) {
    super(error.message);
    this.status = status;
    this.code = error.code;
    this.details = { ...error.details };
  }
}

/** The answer's body, or a `Fault` when it is none. */
export function replyOf<Reply>(status: number, body: unknown): Reply {
  if (status < 400) return body as Reply;
  const { error } = (body ?? {}) as { error?: { code: string; message: string } };
  throw new Fault(status, error ?? { code: "UNKNOWN", message: `the daemon answered ${status}` });
}

/** Nothing where what is asked for is not there, or not to be read by whoever asks. */
export async function orNothing<Reply>(asked: Promise<Reply>): Promise<Reply | undefined> {
  try {
    return await asked;
  } catch (thrown) {
    if (thrown instanceof Fault && [403, 404].includes(thrown.status)) return undefined;
    throw thrown;
  }
}
