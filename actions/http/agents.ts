// Through which pooled connections requests leave, and which addresses they may reach.

import { lookup as systemLookup, type LookupAddress, type LookupOptions } from "node:dns";
import { isIP } from "node:net";
import type { buildConnector, Dispatcher } from "undici";
import { OpcodeError } from "../../core/errors.ts";
import type { ConnectPolicy, Host } from "../action.ts";

/** As long as a server may take to accept a connection, whatever the timeout of the exchange. */
const CONNECT_TIMEOUT_MS = 30_000;

/** Never asked through a proxy, as in Go. */
const LOOPBACK = "localhost,127.0.0.1,::1";

interface Pools {
  verified?: Promise<Dispatcher>;
  insecure?: Promise<Dispatcher>;
}

const pools = new WeakMap<Host, Pools>();

/** The host's dispatcher: one that verifies certificates and one that does not, made when needed. */
export function dispatcherFor(host: Host, insecure: boolean): Promise<Dispatcher> {
  let own = pools.get(host);
  if (!own) pools.set(host, own = {});
  return own[insecure ? "insecure" : "verified"] ??= createDispatcher(host, insecure);
}

async function createDispatcher(host: Host, insecure: boolean): Promise<Dispatcher> {
  const undici = await import("undici");
  const { connectPolicy } = host;
  const connector = undici.buildConnector({
    timeout: CONNECT_TIMEOUT_MS,
    allowH2: false,
    rejectUnauthorized: !insecure,
    ...(connectPolicy && { lookup: checkedLookup(connectPolicy) }),
  });
  const options = {
    allowH2: false,
    // The exchange has a deadline of its own for headers and body.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: connectPolicy ? checkedConnector(connectPolicy, connector) : connector,
  };
  const httpProxy = host.env.http_proxy || host.env.HTTP_PROXY || "";
  const httpsProxy = host.env.https_proxy || host.env.HTTPS_PROXY || "";
  if (httpProxy === "" && httpsProxy === "") return new undici.Agent(options);
  // A proxy decides for itself what it lets through: the policy is about our own connections.
  return new undici.EnvHttpProxyAgent({
    ...options,
    httpProxy,
    httpsProxy,
    noProxy: `${LOOPBACK},${host.env.no_proxy || host.env.NO_PROXY || ""}`,
    requestTls: { rejectUnauthorized: !insecure },
  });
}

/** Names are checked by the lookup below; a URL that holds an address never gets there. */
function checkedConnector(
  policy: ConnectPolicy,
  connect: buildConnector.connector,
): buildConnector.connector {
  return (options, callback) => {
    const { hostname } = options;
    const reason = isIP(hostname) ? policy({ host: hostname, address: hostname }) : undefined;
    if (reason !== undefined) return callback(refusal(hostname, reason), null);
    connect(options, callback);
  };
}

type LookupCallback = (
  error: NodeJS.ErrnoException | null,
  address: string | LookupAddress[],
  family?: number,
) => void;

/** Resolves a name to those of its addresses that the policy allows; the socket takes these. */
function checkedLookup(policy: ConnectPolicy) {
  return (host: string, options: LookupOptions, callback: LookupCallback) => {
    systemLookup(host, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, []);
      let refused = "";
      const allowed = addresses.filter(({ address }) => {
        const reason = policy({ host, address });
        refused = reason ?? refused;
        return reason === undefined;
      });
      const first = allowed[0];
      if (!first) return callback(refusal(host, refused), []);
      if (options.all) callback(null, allowed);
      else callback(null, first.address, first.family);
    });
  };
}

function refusal(host: string, reason: string): OpcodeError {
  return new OpcodeError("PERMISSION_DENIED", `connecting to ${host} is not allowed: ${reason}`);
}
