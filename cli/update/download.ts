// How a file of a release is fetched: from safe places only, and no more of it than there may be.

import { isSafe } from "../release/location.ts";
import { systemReason } from "../../core/system-reason.ts";

/** GitHub sends to where it keeps the files. */
const MOST_REDIRECTS = 5;
/** Between two pieces of what comes; a slow line is no fault. */
const SILENCE_MS = 30_000;

/** There is no such file, as of a release that was never made. */
export class NoSuchFile extends Error {}

/**
 * Its bytes, at most `most` of them. NoSuchFile for a 404; an Error that names the URL when it cannot be
 * fetched, is longer, or is cut short.
 */
export async function download(url: URL, most: number): Promise<Buffer> {
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(), SILENCE_MS);
  try {
    const response = await follow(url, silence.signal);
    const pieces: Uint8Array[] = [];
    let bytes = 0;
    for await (const piece of response.body ?? []) {
      timer.refresh();
      bytes += piece.length;
      if (bytes > most) {
        throw new Error(`it has more than the ${most} bytes that it may have`);
      }
      pieces.push(piece);
    }
    return Buffer.concat(pieces);
  } catch (error) {
    if (error instanceof NoSuchFile) throw error;
    const why = silence.signal.aborted
      ? `nothing came for ${SILENCE_MS / 1_000} s`
      : reasonOf(error as Error);
    throw new Error(`${url} cannot be fetched: ${why}`, { cause: error });
  } finally {
    clearTimeout(timer);
    silence.abort();
  }
}

async function follow(first: URL, signal: AbortSignal): Promise<Response> {
  let url = first;
  for (let left = MOST_REDIRECTS; left >= 0; left--) {
    if (!isSafe(url)) throw new Error(`it leads to ${url.origin}, and only https is followed`);
    const response = await fetch(url, { redirect: "manual", signal });
    const next = response.headers.get("location");
    if (response.status >= 300 && response.status < 400 && next !== null) {
      await response.body?.cancel();
      url = new URL(next, url);
      continue;
    }
    if (response.status === 404) throw new NoSuchFile(`there is no ${first}`);
    if (!response.ok) throw new Error(`it was answered with status ${response.status}`);
    return response;
  }
  throw new Error(`it leads on and on, more than ${MOST_REDIRECTS} times`);
}

function reasonOf(error: Error): string {
  // What fetch throws says nothing itself.
  return error.cause instanceof Error ? systemReason(error.cause) : error.message;
}
