// Which hosts and addresses a rule means, and what is no rule.

import assert from "node:assert/strict";
import { test } from "node:test";
import { hostRules, isHostRule, plainForm } from "../../core/host-rules.ts";

test("a name is that name alone, a star what is below it, or all", () => {
  const rules = hostRules(["Example.COM", "*.below.test", "bücher.example"]);
  const found = (name: string) => rules.hasName(name);
  for (const name of ["example.com", "EXAMPLE.com.", "a.below.test", "a.b.below.test"]) {
    assert.equal(found(name), true, name);
  }
  assert.equal(found("xn--bcher-kva.example"), true);
  for (const name of ["sub.example.com", "below.test", "notbelow.test", "example.co", "com", ""]) {
    assert.equal(found(name), false, name);
  }
  assert.equal(hostRules(["*"]).hasName("anything"), true);
  assert.equal(hostRules([]).hasName("anything"), false);
});

test("addresses and ranges", () => {
  const rules = hostRules(["10.0.0.0/8", "192.0.2.7", "fd00::/8", "[2001:db8::1]", "0.0.0.0/32"]);
  for (const address of ["10.255.1.2", "192.0.2.7", "fd12::1", "2001:db8::1", "0.0.0.0"]) {
    assert.equal(rules.hasAddress(address), true, address);
  }
  for (const address of ["11.0.0.1", "192.0.2.8", "fe00::1", "2001:db8::2", "0.0.0.1"]) {
    assert.equal(rules.hasAddress(address), false, address);
  }
  assert.deepEqual([rules.byAddress, rules.empty], [true, false]);
  assert.deepEqual([hostRules(["a.b"]).byAddress, hostRules([]).empty], [false, true]);
});

test("what is no rule", () => {
  const wrong = [
    "",
    "*.",
    "a*.example.com",
    "**",
    "http://example.com",
    "example.com:80",
    "example.com/path",
    "user@host",
    "two words",
    "10.0.0.0/33",
    "fd00::/129",
    "10.0.0/8",
    "127.1",
    "0x7f000001",
    "fe80::1%eth0",
    "10.0.0.0/",
  ];
  for (const rule of wrong) assert.equal(isHostRule(rule), false, rule);
  for (const rule of ["*", "*.a", "a", "a.b.", "1.2.3.4", "::1", "[::1]", "::/0"]) {
    assert.equal(isHostRule(rule), true, rule);
  }
});

test("an address in disguise is the one it stands for", () => {
  const forms: [string, string][] = [
    ["10.1.2.3", "10.1.2.3"],
    ["::ffff:10.1.2.3", "10.1.2.3"],
    ["::FFFF:0a01:0203", "10.1.2.3"],
    ["0:0:0:0:0:ffff:7f00:1", "127.0.0.1"],
    ["64:ff9b::169.254.169.254", "169.254.169.254"],
    ["[fe80::1%eth0]", "fe80::1"],
    ["fe80::1%1", "fe80::1"],
    ["0:0::1", "::1"],
    ["no address", "no address"],
  ];
  for (const [given, plain] of forms) assert.equal(plainForm(given), plain, given);
});
