// How a request and the redirects it meets become one response.

import { isIP, isIPv6 } from "node:net";
import type { Readable } from "node:stream";
import type { Dispatcher } from "undici";
import { OpcodeError } from "../../core/errors.ts";
import type { Host } from "../action.ts";
import { untilAborted } from "../deadline.ts";
import { isHiddenShortage, isShortage, withDescriptor } from "../../core/descriptors.ts";
import { dispatcherFor } from "./agents.ts";
import { allowedAddress } from "./connect.ts";
import { shownUrl } from "./failure.ts";
import { PORTION, portionOf } from "../portions.ts";
import { proxyFor } from "./proxy.ts";
import { type Headers, type HttpRequest, urlCredentials } from "./request.ts";

type Response = Dispatcher.ResponseData;

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** What describes a body, and goes with it. */
const BODY_HEADERS = ["content-encoding", "content-language", "content-location", "content-type"];

/** As much of a redirect's own body as is read to keep its connection. */
const MOST_DRAINED = 64 * 1024;

interface Way {
  host: Host;
  insecure: boolean;
  signal: AbortSignal;
}

/** What was answered in the end, and what the request had become by then. */
export interface Exchanged {
  response: Response;
  method: string;
  url: URL;
  /** How many were followed. */
  redirects: number;
}

/** One request of the exchange. */
interface Hop {
  method: string;
  url: URL;
  headers: Headers;
  body: string | null;
}

/**
 * Sends the request and follows up to `mostRedirects` redirects (undefined: a redirect is the
 * response; EXECUTION_ERROR at one more). As in the fetch standard, 301 and 302 turn a POST into a
 * GET without body, 303 any method but GET and HEAD; all else repeats method and body. Credentials are dropped for good as soon as a
 * redirect leaves the origin, with each header that holds a secret; NON_RETRYABLE when a body that
 * holds one would have to be sent on.
 */
export async function exchange(
  { request, mostRedirects, ...way }: {
    request: HttpRequest;
    mostRedirects: number | undefined;
  } & Way,
): Promise<Exchanged> {
  const { signal } = way;
  let hop: Hop = request;
  for (let followed = 0;; followed++) {
    // A request that waits for its connection does not listen to the signal.
    const response = await untilAborted(
      withDescriptor(() => send(hop, way), lacksDescriptor),
      signal,
    );
    const location = [response.headers.location].flat()[0];
    const redirected = REDIRECTS.has(response.statusCode) && location !== undefined;
    if (mostRedirects === undefined || !redirected) {
      // Nobody can ask for it again.
      hop.body = null;
      return { response, method: hop.method, url: hop.url, redirects: followed };
    }
    await response.body.dump({ limit: MOST_DRAINED, signal });
    if (followed === mostRedirects) {
      throw failed(request, `stopped after ${mostRedirects} redirects`);
    }
    hop = nextHop({ hop, request, location, status: response.statusCode });
  }
}

async function send(hop: Hop, { host, insecure, signal }: Way): Promise<Response> {
  const { url } = hop;
  const headers = [...hop.headers.values()].flat();
  const inPortions = hop.body !== null && hop.body.length > PORTION;
  if (inPortions) headers.push("Content-Length", String(Buffer.byteLength(hop.body!)));
  const credentials = urlCredentials(url, hop.headers);
  if (credentials) headers.push("Authorization", credentials);
  const proxy = proxyFor(url, host.env);
  const target = proxy && host.connectPolicy ? await pinned(url, host) : undefined;
  if (target && !hop.headers.has("host")) headers.push("Host", url.host);
  const dispatcher = await dispatcherFor(host, { insecure, proxy });
  signal.throwIfAborted();
  return dispatcher.request({
    origin: url.origin,
    path: url.pathname + url.search,
    method: hop.method as Dispatcher.HttpMethod,
    headers,
    // The client would keep a copy of a text until the response has ended. It takes any iterable,
    // whatever its types say.
    body: inPortions ? portions(hop.body!) as unknown as Readable : hop.body,
    signal,
    // The exchange has a deadline of its own for headers and body.
    headersTimeout: 0,
    bodyTimeout: 0,
    ...target,
  });
}

/** Holds the text until its end: a server may answer while it still reads. */
function* portions(text: string): Generator<Buffer> {
  for (let at = 0; at < text.length;) {
    const portion = portionOf(text, at);
    at += portion.length;
    yield Buffer.from(portion);
  }
}

/** Whether nothing was sent, for want of a descriptor: for the connection, a look-up, or the client. */
function lacksDescriptor(error: unknown): boolean {
  const { code, syscall } = error as NodeJS.ErrnoException;
  const hides = syscall === "getaddrinfo" || code === "ERR_INVALID_PACKAGE_CONFIG" ||
    code === "ERR_MODULE_NOT_FOUND";
  return hides ? isHiddenShortage(error) : isShortage(error);
}

/** A proxy resolves names by itself: under a policy it is given the address that was checked. */
async function pinned(url: URL, host: Host) {
  const address = await allowedAddress(host, url.hostname);
  const origin = new URL(url.origin);
  origin.hostname = isIPv6(address) ? `[${address}]` : address;
  return { origin: origin.origin, servername: isIP(url.hostname) ? "" : url.hostname };
}

function nextHop(
  { hop, request, location, status }: {
    hop: Hop;
    request: HttpRequest;
    location: string;
    status: number;
  },
): Hop {
  if (!URL.canParse(location, hop.url)) throw failed(request, "redirected to an unusable address");
  const url = new URL(location, hop.url);
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw failed(request, `redirected to an address with the scheme ${url.protocol.slice(0, -1)}`);
  }
  const headers = new Map(hop.headers);
  const replayed = !becomesGet(hop.method, status);
  if (!replayed) { for (const name of BODY_HEADERS) headers.delete(name); }
  if (url.origin !== hop.url.origin) {
    headers.delete("host");
    for (const name of request.credentials) headers.delete(name);
    if (replayed && hop.body !== null && request.isSecret(hop.body)) {
      throw refusedBody(request, url);
    }
  }
  return {
    method: replayed ? hop.method : "GET",
    url,
    headers,
    body: replayed ? hop.body : null,
  };
}

/** Whether a redirect asks for another resource instead of the same request elsewhere. */
function becomesGet(method: string, status: number): boolean {
  if (status === 303) return method !== "GET" && method !== "HEAD";
  return method === "POST" && (status === 301 || status === 302);
}

/** Without its body the request would mean something else, and with it give the secret away. */
function refusedBody(request: HttpRequest, to: URL): OpcodeError {
  return new OpcodeError(
    "NON_RETRYABLE",
    `${request.method} ${
      shownUrl(request.url)
    }: redirected to ${to.origin}, which is not sent the ` +
      "secret in the body; name that server in the url, or set follow_redirects to false",
  );
}

function failed(request: HttpRequest, reason: string): OpcodeError {
  return new OpcodeError(
    "EXECUTION_ERROR",
    `${request.method} ${shownUrl(request.url)}: ${reason}`,
  );
}
