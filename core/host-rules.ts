// Which hosts a list of names, addresses and ranges means.

import { BlockList, isIP, isIPv4 } from "node:net";

export interface HostRules {
  /** Whether there is no rule at all. */
  readonly empty: boolean;
  /** Whether some rule is about addresses. */
  readonly byAddress: boolean;
  /** Whether a rule names this host, as it stands in a URL. */
  hasName(host: string): boolean;
  /** Whether the address (in its plainForm) is a rule or in the range of one. */
  hasAddress(address: string): boolean;
}

/**
 * Rules are `example.com` (that name alone), `*.example.com` (the names below it), `*` (every
 * name), an IP address, or a range such as `10.0.0.0/8`. All must be valid.
 */
export function hostRules(rules: readonly string[]): HostRules {
  const names = new Set<string>();
  const addresses = new BlockList();
  for (const rule of rules) {
    const [range, bits] = rangeOf(rule);
    if (range === undefined) names.add(nameOf(rule)!);
    else addresses.addSubnet(range, bits!, familyOf(range));
  }
  return {
    empty: rules.length === 0,
    byAddress: addresses.rules.length > 0,
    hasName: (host) => wildcardsOf(nameOf(host) ?? host).some((name) => names.has(name)),
    hasAddress: (address) => addresses.check(address, familyOf(address)),
  };
}

/** Whether this is a rule. */
export function isHostRule(rule: string): boolean {
  return rangeOf(rule)[0] !== undefined || nameOf(rule) !== undefined;
}

/**
 * An address without zone and brackets, and as IPv4 where it is one in disguise: mapped
 * (`::ffff:10.0.0.1`) or behind the well-known NAT64 prefix (`64:ff9b::a00:1`, RFC 6052).
 */
export function plainForm(address: string): string {
  const bare = address.replace(/^\[(.*)\]$/, "$1").replace(/%.*$/, "");
  if (isIP(bare) !== 6) return bare;
  const short = new URL(`http://[${bare}]`).hostname.slice(1, -1);
  const embedded = /^(?:::ffff|64:ff9b:):([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(short);
  if (!embedded) return short;
  const [high, low] = [parseInt(embedded[1]!, 16), parseInt(embedded[2]!, 16)];
  return [high >> 8, high & 0xff, low >> 8, low & 0xff].join(".");
}

function familyOf(address: string): "ipv4" | "ipv6" {
  return isIPv4(address) ? "ipv4" : "ipv6";
}

/** The first address and the prefix length of an address or a range. */
function rangeOf(rule: string): [string, number] | [undefined] {
  const [, address, length] = /^\[?([^\]/%]+)\]?(?:\/(\d{1,3}))?$/.exec(rule) ?? [];
  if (address === undefined || !isIP(address)) return [undefined];
  const plain = length === undefined ? plainForm(address) : address;
  const most = isIPv4(plain) ? 32 : 128;
  const bits = length === undefined ? most : Number(length);
  return bits <= most ? [plain, bits] : [undefined];
}

/** A name as URLs have it (lower case, punycode, no last dot), with its `*` if it has one. */
function nameOf(rule: string): string | undefined {
  if (rule === "*") return rule;
  const [, star, name] = /^(\*\.)?([^*:/?#@\[\]\\\s%]+)$/.exec(rule) ?? [];
  if (name === undefined || !URL.canParse(`http://${name}`)) return undefined;
  const host = new URL(`http://${name}`).hostname.replace(/\.$/, "");
  return host === "" || isIP(host) ? undefined : (star ?? "") + host;
}

/** `a.b.c` as itself and `*.b.c`, `*.c`, `*`. */
function wildcardsOf(host: string): string[] {
  const labels = host.split(".");
  return [host, ...labels.slice(1).map((_, i) => `*.${labels.slice(i + 1).join(".")}`), "*"];
}
