// Which hosts and addresses http actions may connect to, where the operator limits them.

import { BlockList, isIPv4 } from "node:net";
import { hostRules, plainForm } from "../../core/host-rules.ts";
import type { Barred, ConnectPolicy } from "../action.ts";
import { carriedAddresses, LOOPBACK, reachesThisMachine } from "./this-machine.ts";

export interface NetworkRules {
  /** Refuses every address that is not a public one. */
  denyPrivate: boolean;
  /** The only hosts to reach; empty: all. An address or range here may also be private. */
  allowHosts: readonly string[];
  /** Never reached, whatever else allows them. */
  denyHosts: readonly string[];
}

/**
 * The policy of these rules, or undefined when they allow everything. A name in `allowHosts` does
 * not make private addresses reachable, because whoever answers for the name chooses its address.
 * An address that reaches this machine is denied with the loopback addresses, which the name
 * `localhost` means, too; and no public one.
 */
export function connectPolicy(
  rules: NetworkRules,
  isOurs: (address: string) => boolean = reachesThisMachine,
): ConnectPolicy | undefined {
  const allow = hostRules(rules.allowHosts);
  const deny = hostRules(rules.denyHosts);
  if (allow.empty && deny.empty && !rules.denyPrivate) return undefined;
  const deniesOurs = deny.hasName("localhost") || LOOPBACK.some((own) => deny.hasAddress(own));
  const asDenied = (address: string): string | undefined => {
    if (deny.hasAddress(address)) return "";
    if (deniesOurs && isOurs(address)) return ", which reaches this machine";
    const carried = carriedAddresses(address);
    const other = carried.find((each) => asDenied(each) !== undefined);
    return other === undefined ? undefined : `, which may lead to ${other}`;
  };
  return ({ host, address }) => {
    if (deny.hasName(host)) return by("deny_hosts", "has it");
    const named = allow.empty || allow.hasName(host);
    if (address === undefined) {
      return named || allow.byAddress ? undefined : by("allow_hosts", "does not have it");
    }
    const plain = plainForm(address);
    const denied = asDenied(plain);
    if (denied !== undefined) return by("deny_hosts", `has its address ${address}${denied}`);
    if (allow.hasAddress(plain)) return undefined;
    if (!named) return by("allow_hosts", "does not have it");
    if (!rules.denyPrivate || (isPublic(plain) && !isOurs(plain))) return undefined;
    return by("deny_private", `is set and ${address} is not a public address`);
  };
}

function by(name: string, reason: string): Barred {
  const setting = `http.${name}`;
  return { setting, reason: `${setting} ${reason}` };
}

/** IPv4 that is not public: RFC 6890 and its registry, and Azure's host at a public address. */
const PRIVATE_V4 = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["168.63.129.16", 32],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
] as const;

/** Of IPv6 only this is public, … */
const GLOBAL_V6 = ["2000::", 3] as const;

/** … but for these: protocol assignments with Teredo, documentation, and 6to4. */
const PRIVATE_V6 = [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
] as const;

const privateV4 = new BlockList();
const globalV6 = new BlockList();
const privateV6 = new BlockList();
for (const [address, bits] of PRIVATE_V4) privateV4.addSubnet(address, bits, "ipv4");
globalV6.addSubnet(...GLOBAL_V6, "ipv6");
for (const [address, bits] of PRIVATE_V6) privateV6.addSubnet(address, bits, "ipv6");

/** Whether the address, in its plainForm, is one of the open internet. */
function isPublic(address: string): boolean {
  if (isIPv4(address)) return !privateV4.check(address, "ipv4");
  return globalV6.check(address, "ipv6") && !privateV6.check(address, "ipv6");
}
