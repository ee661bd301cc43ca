// What is asked of whoever sends callbacks over the network.

import { OpcodeError } from "../../core/errors.ts";

/** One request: to that URL and no other, however it is answered. */
export interface PostRequest {
  url: string;
  headers: Readonly<Record<string, string>>;
  body: string;
  timeoutMs: number;
  /** Aborted when nobody waits for the answer any more. */
  signal: AbortSignal;
}

/** The status of the answer, and how long its sender wants to be left alone. */
export interface PostReply {
  status: number;
  retryAfterMs?: number | undefined;
}

/** Rejects when there was no answer; what it says has nothing of the URL's query. */
export type Post = (request: PostRequest) => Promise<PostReply>;

/** Where there is nobody. */
export const nobodyPosts: Post = () =>
  Promise.reject(new OpcodeError("ACTION_UNAVAILABLE", "nobody sends callbacks here"));
