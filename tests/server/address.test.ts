// How listen addresses are read and which URLs they become.

import assert from "node:assert/strict";
import { test } from "node:test";
import { bindHost, hostOf, isLoopback, parseListenAddr, urlOf } from "../../server/address.ts";

const TABLE: [text: string, host: string, loopback: boolean, bind: string, url: string][] = [
  [":4100", "", true, "127.0.0.1", "http://127.0.0.1:4100"],
  ["127.0.0.1:4100", "127.0.0.1", true, "127.0.0.1", "http://127.0.0.1:4100"],
  ["localhost:4100", "localhost", true, "127.0.0.1", "http://127.0.0.1:4100"],
  ["[::1]:4100", "::1", true, "::1", "http://[::1]:4100"],
  ["0.0.0.0:4100", "0.0.0.0", false, "0.0.0.0", "http://127.0.0.1:4100"],
  ["[::]:4100", "::", false, "::", "http://[::1]:4100"],
  ["*:4100", "*", false, "::", "http://[::1]:4100"],
  [
    "[::ffff:127.0.0.1]:1",
    "::ffff:127.0.0.1",
    true,
    "::ffff:127.0.0.1",
    "http://[::ffff:127.0.0.1]:1",
  ],
  ["[::ffff:a00:1]:1", "::ffff:a00:1", false, "::ffff:a00:1", "http://[::ffff:a00:1]:1"],
  ["[0:0:0:0:0:0:0:1]:1", "0:0:0:0:0:0:0:1", true, "0:0:0:0:0:0:0:1", "http://[0:0:0:0:0:0:0:1]:1"],
  [
    "[64:ff9b::7f00:1]:1",
    "64:ff9b::7f00:1",
    false,
    "64:ff9b::7f00:1",
    "http://[64:ff9b::7f00:1]:1",
  ],
  ["192.168.1.5:80", "192.168.1.5", false, "192.168.1.5", "http://192.168.1.5:80"],
  ["Opcode.Example:4100", "opcode.example", false, "opcode.example", "http://opcode.example:4100"],
];

for (const [text, host, loopback, bind, url] of TABLE) {
  test(`${text} is ${url}`, () => {
    const address = parseListenAddr(text)!;
    assert.equal(address.host, host);
    assert.equal(isLoopback(address.host), loopback);
    assert.equal(bindHost(address.host), bind);
    assert.equal(urlOf(address.host, address.port), url);
  });
}

test("what is no address is refused", () => {
  for (const text of ["", "4100", "host", "host:", "host:70000", "::1:4100", "[x]:1", "a b:1"]) {
    assert.equal(parseListenAddr(text), undefined, text);
  }
});

test("a Host header's host is found, a malformed one is not", () => {
  assert.equal(hostOf("LocalHost:4100"), "localhost");
  assert.equal(hostOf("[::1]:4100"), "::1");
  assert.equal(hostOf("example.com."), "example.com");
  assert.equal(hostOf("evil.com/@localhost"), undefined);
  assert.equal(hostOf("localhost@evil.com"), undefined);
  assert.equal(hostOf(""), undefined);
});
