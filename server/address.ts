// What a listen address means: which host and port, whether only this machine can reach it, which URL.

import { isIPv4, isIPv6 } from "node:net";
import { plainForm } from "../core/host-rules.ts";

export interface ListenAddress {
  /** Without brackets; empty for a host-less address, which means loopback. */
  host: string;
  port: number;
}

/** Parses `host:port`, `:port` or `[v6]:port`; undefined when it is none of these. */
export function parseListenAddr(text: string): ListenAddress | undefined {
  const match = /^(?:\[([^\]]+)\]|([^:[\]\s]*)):(\d{1,5})$/.exec(text);
  if (!match) return;
  const [, v6, name, digits] = match;
  const port = Number(digits);
  if (port > 65_535 || (v6 !== undefined && !isIPv6(v6))) return;
  return { host: (v6 ?? name ?? "").toLowerCase(), port };
}

/** Whether only this machine can connect to the host. */
export function isLoopback(host: string): boolean {
  const plain = plainHost(host);
  return plain === "" || plain === "localhost" || plain === "::1" ||
    (isIPv4(plain) && plain.startsWith("127."));
}

/** Whether the host stands for every interface. */
export function isWildcard(host: string): boolean {
  return ["0.0.0.0", "::", "*"].includes(plainHost(host));
}

/** An IPv6 address in the one form of it, and as IPv4 where it is that in disguise: `::ffff:127.0.0.1`. */
function plainHost(host: string): string {
  const short = isIPv6(host) ? URL.parse(`http://[${host}]`)?.hostname.slice(1, -1) : undefined;
  if (short === undefined) return host;
  return short.startsWith("::ffff:") ? plainForm(short) : short;
}

/** The host to hand to `listen()`: a host-less address means loopback, not every interface. */
export function bindHost(host: string): string {
  if (host === "" || host === "localhost") return "127.0.0.1";
  return host === "*" ? "::" : host;
}

/**
 * The URL under which a client on this machine reaches the address: that of the very address which is
 * bound, since `localhost` may be somebody else's. `port`: the one really bound.
 */
export function urlOf(host: string, port: number): string {
  const bound = bindHost(host);
  const name = bound === "0.0.0.0" ? "127.0.0.1" : bound === "::" ? "::1" : bound;
  return `http://${isIPv6(name) ? `[${name}]` : name}:${port}`;
}

/** The host of a `Host` header or URL authority: lower case, without port and brackets. */
export function hostOf(authority: string): string | undefined {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^:[\]/@\s]+))(?::\d{1,5})?$/i.exec(authority);
  const host = match?.[1] ?? match?.[2];
  return host?.toLowerCase().replace(/\.$/, "");
}
