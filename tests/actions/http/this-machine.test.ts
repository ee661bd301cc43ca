// That a rule about loopback holds for every address and name by which this machine reaches itself.

import assert from "node:assert/strict";
import { lookup as systemLookup } from "node:dns";
import { hostname, networkInterfaces } from "node:os";
import { test } from "node:test";
import type { Lookup } from "../../../actions/action.ts";
import { connectPolicy } from "../../../actions/http/policy.ts";
import { carriedAddresses, reachesThisMachine } from "../../../actions/http/this-machine.ts";
import { plainForm } from "../../../core/host-rules.ts";
import { actionContext, execute, failsWith } from "../../support/action-context.ts";
import { httpServer } from "../../support/http-server.ts";

const OWN = Object.values(networkInterfaces()).flatMap((all) => all ?? [])
  .filter(({ address }) => !/^fe80:/i.test(address)).map(({ address }) => address);

/** As a URL may spell them: short, octal, hexadecimal, mapped, with a last dot. */
const SPELLINGS = [
  "127.0.0.1",
  "127.1",
  "127.255.255.254",
  "0177.0.0.1",
  "0x7f.1",
  "0x7f000001",
  "2130706433",
  "017700000001",
  "0.0.0.0",
  "0",
  "0x0",
  "00.0",
  "[::]",
  "[::1]",
  "[0:0:0:0:0:0:0:1]",
  "[::ffff:127.0.0.1]",
  "[::ffff:0.0.0.0]",
  "[::ffff:7f00:1]",
  "[::127.0.0.1]",
  "[64:ff9b::127.0.0.1]",
  "[2002:7f00:1::]",
  "localhost",
  "localhost.",
  "LOCALHOST",
  hostname(),
  `${hostname()}.`,
  ...OWN.map((address) => address.includes(":") ? `[${address}]` : address),
];

/** Not every system's resolver takes the last dot of a name, which others ignore. */
const lookup: Lookup = (name, options, callback) =>
  systemLookup(name.replace(/\.$/, ""), options, callback);

for (const rule of ["127.0.0.0/8", "127.0.0.1", "::1", "localhost"]) {
  test(`deny_hosts ${rule}: no spelling, name or interface address of this machine gets through`, async (t) => {
    const server = await httpServer(t, (_, response) => response.end("secret"), { address: "::" });
    const policy = connectPolicy({ denyPrivate: false, allowHosts: [], denyHosts: [rule] });
    const host = { connectPolicy: policy!, lookup };
    for (const name of SPELLINGS) {
      const url = `http://${name}:${server.port}/`;
      const asked = execute("http.get", { url }, actionContext({ host }));
      await assert.rejects(asked, failsWith("PERMISSION_DENIED", /is not allowed/), name);
    }
    assert.equal(server.connections(), 0);
  });
}

test("without the rule these addresses do reach this machine, so the test above could fail", async (t) => {
  const server = await httpServer(t, (_, response) => response.end("reached"), { address: "::" });
  for (const name of ["0.0.0.0", "0", "[::]", ...OWN.filter((own) => !own.includes(":"))]) {
    const url = `http://${name}:${server.port}/`;
    assert.equal((await execute("http.get", { url }, actionContext())).body, "reached", name);
  }
});

test("interface addresses are asked for at each connection: they come and go", () => {
  let own: string[] = [];
  const interfaces = () => ({ eth0: own.map((address) => ({ address })) }) as never;
  const policy = connectPolicy(
    { denyPrivate: true, allowHosts: [], denyHosts: ["127.0.0.0/8"] },
    (address) => reachesThisMachine(address, interfaces),
  )!;
  const ask = (address: string) => policy({ host: "x.test", address });
  assert.equal(ask("93.184.216.34"), undefined);
  own = ["93.184.216.34", "fe80::1%eth0", "2606:4700::1111"];
  assert.match(ask("93.184.216.34")!.reason, /deny_hosts .* reaches this machine/);
  assert.match(ask("::ffff:93.184.216.34")!.reason, /reaches this machine/);
  assert.match(ask("fe80::1%2")!.reason, /reaches this machine/);
  assert.match(ask("2606:4700:0:0::1111")!.reason, /reaches this machine/);
  const privateOnly = connectPolicy(
    { denyPrivate: true, allowHosts: [], denyHosts: [] },
    (address) => reachesThisMachine(address, interfaces),
  )!;
  assert.match(privateOnly({ host: "x.test", address: "93.184.216.34" })!.reason, /deny_private/);
  own = [];
  assert.equal(ask("93.184.216.34"), undefined);
});

test("a rule about other addresses leaves this machine alone, and a denied one is not got at by tunnel", () => {
  const policy = connectPolicy({
    denyPrivate: false,
    allowHosts: [],
    denyHosts: ["10.0.0.0/8"],
  })!;
  const ask = (address: string) => policy({ host: "x.test", address });
  for (const address of ["127.0.0.1", "::1", "0.0.0.0", "2001:db8::10.0.0.1", "11.0.0.1"]) {
    assert.equal(ask(address), undefined, address);
  }
  for (
    const address of [
      "::10.0.0.1",
      "::ffff:0:10.0.0.1",
      "2002:a00:1::1",
      "64:ff9b:1::10.0.0.1",
      "fe80::5efe:10.0.0.1",
      "2001:db8::200:5efe:10.0.0.1",
      "2001:0:a00:1::",
      "2001::f5ff:fffe",
    ]
  ) assert.match(ask(address)!.reason, /may lead to 10\.0\.0\.1/, address);
});

test("what an IPv6 address carries is read from its whole form", () => {
  assert.deepEqual(carriedAddresses(plainForm("2002:7f00:1::")), ["127.0.0.1"]);
  assert.deepEqual(carriedAddresses(plainForm("2606:4700::1111")), []);
  assert.deepEqual(carriedAddresses("127.0.0.1"), []);
});
