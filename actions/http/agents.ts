// Through which pooled connections requests leave.

import type { buildConnector, Dispatcher } from "undici";
import type { Host } from "../action.ts";
import { guarded } from "./connect.ts";

export interface Way {
  /** Accepts any certificate. */
  insecure: boolean;
  proxy: URL | undefined;
}

/** As long as a server may take to accept a connection, whatever the timeout of the exchange. */
const CONNECT_TIMEOUT_MS = 30_000;

/**
 * For how long a connection that nobody uses is kept at most, ms, whatever its server offers: each
 * is a descriptor, and a workflow may go through any number of servers.
 */
const MOST_IDLE_MS = 10_000;

/** Bytes of all headers of one response; more fails the exchange. */
const MOST_HEADERS = 64 * 1024;

const pools = new WeakMap<Host, Map<string, Promise<Dispatcher>>>();

/** The host's dispatcher for this way: made when first needed, then kept. */
export function dispatcherFor(host: Host, way: Way): Promise<Dispatcher> {
  let own = pools.get(host);
  if (!own) pools.set(host, own = new Map());
  const key = `${way.insecure ? "insecure" : "verified"} ${way.proxy?.href ?? ""}`;
  let dispatcher = own.get(key);
  if (!dispatcher) {
    own.set(key, dispatcher = createDispatcher(host, way));
    // What could not be loaded now may be later.
    dispatcher.catch(() => own.delete(key));
  }
  return dispatcher;
}

async function createDispatcher(host: Host, { insecure, proxy }: Way): Promise<Dispatcher> {
  const undici = await import("undici");
  const options = {
    allowH2: false,
    maxHeaderSize: MOST_HEADERS,
    keepAliveMaxTimeout: MOST_IDLE_MS,
  };
  if (proxy) {
    return new undici.ProxyAgent({
      ...options,
      uri: proxy.href,
      connectTimeout: CONNECT_TIMEOUT_MS,
      // Only then: with any options of its own it ignores the request's server name.
      ...(insecure && { requestTls: { rejectUnauthorized: false } }),
    });
  }
  const connect = guarded(host, (lookup) =>
    undici.buildConnector({
      timeout: CONNECT_TIMEOUT_MS,
      allowH2: false,
      rejectUnauthorized: !insecure,
      lookup,
    } as buildConnector.BuildOptions));
  return new undici.Agent({ ...options, connect });
}
