// Whether an address reaches this machine itself, by whichever of its addresses and spellings.

import { BlockList, isIPv4 } from "node:net";
import { networkInterfaces } from "node:os";
import { plainForm } from "../../core/host-rules.ts";

/** Loopback, and the unspecified addresses, which the kernel takes for loopback. */
const ALWAYS = new BlockList();
ALWAYS.addSubnet("127.0.0.0", 8, "ipv4");
ALWAYS.addSubnet("0.0.0.0", 8, "ipv4");
ALWAYS.addAddress("::1", "ipv6");
ALWAYS.addAddress("::", "ipv6");

/** As what an address of this machine is judged, too. */
export const LOOPBACK = ["127.0.0.1", "::1"] as const;

/**
 * Whether a connection to the address (in its plainForm) ends on this machine. Interfaces come and
 * go, so they are asked each time. What a router or a container's host sends back here is not seen.
 */
export function reachesThisMachine(address: string, interfaces = networkInterfaces): boolean {
  if (ALWAYS.check(address, isIPv4(address) ? "ipv4" : "ipv6")) return true;
  return Object.values(interfaces())
    .some((all) => all?.some((own) => plainForm(own.address) === address));
}

/**
 * The IPv4 addresses that an IPv6 one (in its plainForm) may be carried to by a translator or a
 * tunnel: IPv4-compatible and -translated forms, 6to4, NAT64 of one's own network, ISATAP, Teredo.
 */
export function carriedAddresses(address: string): string[] {
  if (isIPv4(address)) return [];
  const groups = groupsOf(address);
  const at = (i: number) => dotted(groups[i]!, groups[i + 1]!);
  const begins = (...start: number[]) => start.every((group, i) => groups[i] === group);
  const found: string[] = [];
  if (begins(0, 0, 0, 0, 0, 0) || begins(0, 0, 0, 0, 0xffff, 0)) found.push(at(6));
  if (begins(0x2002)) found.push(at(1));
  // RFC 8215 leaves open how much of the prefix an operator takes; RFC 6052 says where it then stands.
  if (begins(0x64, 0xff9b, 1)) found.push(at(6));
  if ((groups[4]! & 0xfdff) === 0 && groups[5] === 0x5efe) found.push(at(6));
  if (begins(0x2001, 0)) found.push(at(2), dotted(groups[6]! ^ 0xffff, groups[7]! ^ 0xffff));
  return found;
}

function groupsOf(address: string): number[] {
  const [head, tail] = address.split("::").map((half) =>
    half === "" ? [] : half.split(":").map((group) => parseInt(group, 16))
  );
  if (tail === undefined) return head!;
  return [...head!, ...Array(8 - head!.length - tail.length).fill(0), ...tail];
}

function dotted(high: number, low: number): string {
  return [high >> 8, high & 0xff, low >> 8, low & 0xff].join(".");
}
