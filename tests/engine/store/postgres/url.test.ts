// What the URL of a server says, and what is refused of it with which words.

import assert from "node:assert/strict";
import { test } from "node:test";
import { serverAddress } from "../../../../engine/store/postgres/url.ts";

const plain = { host: "db.example", port: 5432, database: "opcode", user: "me" };

test("the parts of the URL are where they belong, and may be escaped", () => {
  const { ssl: _, ...address } = serverAddress("postgres://me:p%40ss@db.example/opcode");
  assert.deepEqual(address, { ...plain, password: "p@ss" });
  const other = serverAddress("postgresql://m%2Fe@[::1]:5433/a%20b");
  assert.deepEqual([other.user, other.host, other.port, other.database], [
    "m/e",
    "::1",
    5433,
    "a b",
  ]);
});

test("parameters say what the URL has no place for", () => {
  const { host, user, database, port } = serverAddress(
    "postgres://ignored@ignored/ignored?host=/run/pg&user=me&dbname=opcode&port=5433",
  );
  assert.deepEqual([host, user, database, port], ["/run/pg", "me", "opcode", 5433]);
});

test("a password from elsewhere is used when the URL has none", () => {
  assert.equal(serverAddress("postgres://me@db.example/opcode", "filed").password, "filed");
  assert.equal(serverAddress("postgres://me:own@db.example/opcode", "filed").password, "own");
});

test("over a network the connection is encrypted and the server proven, unless the URL says else", () => {
  const sslOf = (query: string, host = "db.example") =>
    serverAddress(`postgres://me@${host}/opcode${query}`).ssl;
  assert.deepEqual(sslOf(""), { mode: "verify-full", servername: "db.example" });
  assert.deepEqual(sslOf("?sslmode=require"), { mode: "require", servername: "db.example" });
  assert.equal(sslOf("?sslmode=disable"), false);
  for (const host of ["localhost", "127.0.0.1", "[::1]"]) assert.equal(sslOf("", host), false);
  assert.equal(sslOf("?host=/run/pg"), false);
  assert.notEqual(sslOf("", "10.0.0.7"), false);
  // Not 127.…: a name that only begins so.
  assert.notEqual(sslOf("", "127.evil.example"), false);
});

const REFUSED: [string, RegExp][] = [
  ["postgres://db.example/opcode", /names no user/],
  ["postgres://me@db.example", /names no database/],
  ["postgres://me@db.example/a/b", /names no database/],
  ["postgres:///opcode?user=me", /names no host/],
  ["postgres://me@db.example/opcode?port=0", /no valid port/],
  [
    "postgres://me@db.example/opcode?sslmod=require",
    /unknown parameter, sslmod \(did you mean sslmode\?\)/,
  ],
  [
    "postgres://me@db.example/opcode?sslmode=prefer",
    /sslmode=prefer, which must be one of disable/,
  ],
  [
    "postgres://me@db.example/opcode?sslrootcert=/no/such/file",
    /sslrootcert=\/no\/such\/file, which cannot be read/,
  ],
  ["postgres://me@db.example:x/opcode", /is no URL/],
];

for (const [url, message] of REFUSED) {
  test(`${url} is refused`, () => {
    assert.throws(() => serverAddress(url), { code: "VALIDATION_ERROR", message });
  });
}
