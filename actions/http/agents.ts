// Through which pooled connections requests leave.

import type { buildConnector, Dispatcher } from "undici";
import type { ConnectPolicy, Host } from "../action.ts";
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

interface Pools {
  /** Under which their connections were made. */
  policy: ConnectPolicy | undefined;
  byWay: Map<string, Promise<Dispatcher>>;
}

const pools = new WeakMap<Host, Pools>();

/** The host's dispatcher for this way: made when first needed, then kept as long as its policy is. */
export function dispatcherFor(host: Host, way: Way): Promise<Dispatcher> {
  const own = poolsOf(host);
  const key = `${way.insecure ? "insecure" : "verified"} ${way.proxy?.href ?? ""}`;
  let dispatcher = own.get(key);
  if (!dispatcher) {
    own.set(key, dispatcher = createDispatcher(host, way));
    // What could not be loaded now may be later.
    dispatcher.catch(() => own.delete(key));
  }
  return dispatcher;
}

/** A connection that was made under another policy asks nobody whether it still may be used. */
function poolsOf(host: Host): Pools["byWay"] {
  const { connectPolicy: policy } = host;
  const own = pools.get(host);
  if (own && own.policy === policy) return own.byWay;
  for (const former of own?.byWay.values() ?? []) {
    // Once the exchanges are over that it is used for.
    former.then((dispatcher) => dispatcher.close()).catch(() => {});
  }
  const byWay: Pools["byWay"] = new Map();
  pools.set(host, { policy, byWay });
  return byWay;
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
