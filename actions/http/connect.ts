// Which address a connection goes to: only one that the policy has seen and allowed.

import { lookup as systemLookup, type LookupAddress, type LookupOptions } from "node:dns";
import { isIP } from "node:net";
import type { buildConnector } from "undici";
import { OpcodeError } from "../../core/errors.ts";
import type { Barred, ConnectPolicy, Host } from "../action.ts";

type Connector = buildConnector.connector;

const ANYWHERE: ConnectPolicy = () => undefined;

/** Makes every connection of this connector ask the host's policy about the address it goes to. */
export function guarded(host: Host, build: (lookup: SocketLookup) => Connector): Connector {
  const { connectPolicy: policy = ANYWHERE } = host;
  const connect = build(checkedLookup(host, policy));
  return (options, callback) => {
    const { hostname } = options;
    const refused = refusalOf(policy, hostname);
    if (refused) return callback(refused, null);
    // The certificate must be that of the URL, whatever the Host header says.
    connect({ ...options, servername: isIP(hostname) ? "" : hostname }, callback);
  };
}

/**
 * An allowed address of this host of a URL, for who connects through somebody else. Throws
 * PERMISSION_DENIED when there is none.
 */
export async function allowedAddress(host: Host, hostname: string): Promise<string> {
  const { connectPolicy: policy = ANYWHERE } = host;
  const name = hostname.replace(/^\[(.*)\]$/, "$1");
  const refused = refusalOf(policy, name);
  if (refused) throw refused;
  if (isIP(name)) return name;
  return await new Promise((resolve, reject) => {
    checkedLookup(host, policy)(name, {}, (error, address) => {
      if (error) reject(error);
      else resolve(address as string);
    });
  });
}

/** What can be said before a name is looked up; an address is checked here for good. */
function refusalOf(policy: ConnectPolicy, host: string): OpcodeError | undefined {
  const barred = policy({ host }) ??
    (isIP(host) ? policy({ host, address: host }) : undefined);
  return barred && refusal(host, barred);
}

type SocketLookup = (host: string, options: LookupOptions, callback: LookupCallback) => void;

type LookupCallback = (
  error: NodeJS.ErrnoException | null,
  address: string | LookupAddress[],
  family?: number,
) => void;

/** Resolves a name to those of its addresses that the policy allows; the socket takes these. */
function checkedLookup(host: Host, policy: ConnectPolicy): SocketLookup {
  const lookup = host.lookup ?? systemLookup;
  return (name, options, callback) => {
    lookup(name, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, []);
      let barred: Barred | undefined;
      const allowed = addresses.filter(({ address }) => {
        const why = policy({ host: name, address });
        barred = why ?? barred;
        return why === undefined;
      });
      const first = allowed[0];
      if (!first) return callback(barred ? refusal(name, barred) : addressless(name), []);
      if (options.all) callback(null, allowed);
      else callback(null, first.address, first.family);
    });
  };
}

function refusal(host: string, { reason, setting }: Barred): OpcodeError {
  const message = `connecting to ${host} is not allowed: ${reason}`;
  return new OpcodeError("PERMISSION_DENIED", message, { details: { setting } });
}

/** As the system says it of a name that it does not know. */
function addressless(host: string): Error {
  return Object.assign(new Error(`${host} has no address`), { code: "ENOTFOUND" });
}
