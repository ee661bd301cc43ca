// How something is sent to a URL that is no step's doing: by the same ways, and under the same policy.

import type { Host } from "../action.ts";
import { startDeadline } from "../deadline.ts";
import { exchange } from "./exchange.ts";
import { exchangeError } from "./failure.ts";
import { retryAfter } from "./retry-after.ts";
import type { HttpRequest } from "./request.ts";

/** As much of an answer as is read to keep its connection, bytes. */
const MOST_DRAINED = 64 * 1024;

/**
 * The status of the answer; a redirect is one, and is not followed. EXECUTION_ERROR, with nothing of the
 * URL's query, when there is none in time; PERMISSION_DENIED for a host that the policy bars.
 */
export async function postTo(
  host: Host,
  { url: text, headers, body, timeoutMs, signal }: {
    url: string;
    headers: Readonly<Record<string, string>>;
    body: string;
    timeoutMs: number;
    signal: AbortSignal;
  },
): Promise<{ status: number; retryAfterMs?: number }> {
  const url = new URL(text);
  const request: HttpRequest = {
    method: "POST",
    url,
    headers: new Map(
      Object.entries({ "user-agent": "opcode", ...headers }).map(([name, value]) => [
        name,
        [name, value],
      ]),
    ),
    body,
    credentials: new Set(),
    isSecret: () => false,
    transparent: true,
  };
  const deadline = startDeadline({ signal, timeoutMs });
  try {
    const { response } = await exchange({
      request,
      host,
      insecure: false,
      mostRedirects: undefined,
      signal: deadline.signal,
    });
    const { statusCode, headers: answered } = response;
    await response.body.dump({ limit: MOST_DRAINED, signal: deadline.signal });
    const first = (name: string) => [answered[name]].flat()[0] ?? null;
    const said = { "Retry-After": first("retry-after"), Date: first("date") };
    const { retry_after_ms } = retryAfter(said, Date.now());
    return {
      status: statusCode,
      ...(retry_after_ms !== undefined && { retryAfterMs: retry_after_ms }),
    };
  } catch (error) {
    if (deadline.expired) {
      throw exchangeError(new Error(`no answer within ${timeoutMs / 1_000} s`), request);
    }
    throw exchangeError(error, request);
  } finally {
    deadline.end();
  }
}
