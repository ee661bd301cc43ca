// Whether a link says what was signed, and nothing that was not is taken for one.

import assert from "node:assert/strict";
import { createHmac, hkdfSync } from "node:crypto";
import { test } from "node:test";
import type { LinkTerms } from "../../../engine/links/links.ts";
import { decisionLinks } from "../../../server/links/links.ts";
import { LinkTokens } from "../../../server/links/token.ts";

const TERMS: LinkTerms = {
  decisionId: "01999999-aaaa-7bbb-8ccc-ddddeeeeffff",
  agentId: "änn / \u{1f600}",
  expiresAt: 1_800_000_000_123,
  madeAt: 1_799_000_000_456,
  isBound: false,
};
const key = (byte: number) => new Uint8Array(32).fill(byte);
const tokens = new LinkTokens(key(1));

test("a token says its terms, also to a daemon that is started anew with the same key", () => {
  for (const more of [{}, { isBound: true }, { agentId: "a" }, { agentId: "x".repeat(128) }]) {
    const terms = { ...TERMS, ...more };
    const token = tokens.of(terms);
    assert.match(token, /^[A-Za-z0-9_-]+$/);
    assert.deepEqual(new LinkTokens(key(1)).read(token), terms);
    assert.equal(new LinkTokens(key(2)).read(token), undefined, "another daemon's");
  }
});

test("no bit of it can be another", () => {
  const bytes = Buffer.from(tokens.of(TERMS), "base64url");
  for (let bit = 0; bit < 8 * bytes.length; bit++) {
    const other = Buffer.from(bytes);
    other[bit >> 3]! ^= 1 << (bit & 7);
    assert.equal(tokens.read(other.toString("base64url")), undefined, `bit ${bit}`);
  }
});

test("what only decodes to the same, is a part of it, or has something more, is none", () => {
  const token = tokens.of({ ...TERMS, agentId: "ab" });
  const bytes = Buffer.from(token, "base64url");
  assert.notEqual(bytes.length % 3, 0, "its last character has bits to spare");
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const last = alphabet.indexOf(token.at(-1)!);
  const twin = token.slice(0, -1) + alphabet[last ^ 1];
  assert.deepEqual(Buffer.from(twin, "base64url"), bytes);
  const others = [
    twin,
    ...[`${token}=`, `${token}A`, ` ${token}`, `${token.slice(0, 9)}!${token.slice(9)}`],
    ...["", "A", token.slice(0, -1), token.slice(0, 75), "A".repeat(2_000)],
  ];
  for (const other of others) assert.equal(tokens.read(other), undefined, other);
});

test("another decision, agent, end or bond has another proof", () => {
  const proof = (terms: LinkTerms) => Buffer.from(tokens.of(terms), "base64url").subarray(0, 32);
  const said = (terms: LinkTerms) => Buffer.from(tokens.of(terms), "base64url").subarray(32);
  const others: Partial<LinkTerms>[] = [
    { decisionId: "01999999-aaaa-7bbb-8ccc-ddddeeeefffe" },
    { agentId: "bob" },
    { expiresAt: TERMS.expiresAt + 1 },
    { madeAt: TERMS.madeAt + 1 },
    { isBound: true },
  ];
  for (const other of others) {
    const terms = { ...TERMS, ...other };
    assert.notDeepEqual(proof(terms), proof(TERMS));
    const forged = Buffer.concat([proof(TERMS), said(terms)]).toString("base64url");
    assert.equal(tokens.read(forged), undefined);
  }
});

test("links lead to base_url with its path, and to none that means this machine alone", () => {
  const of = (base: string) => decisionLinks(base, () => tokens);
  for (const base of ["https://x.example/a/b", "https://x.example/a/b/", "http://10.0.0.7:4100"]) {
    const { refused, urlOf } = of(base);
    assert.equal(refused, undefined);
    assert.equal(urlOf(TERMS), `${base.replace(/\/$/, "")}/decide/${tokens.of(TERMS)}`);
  }
  const own = [
    ...["http://localhost:4100", "http://LOCALHOST.:4100/", "http://127.0.0.1", "http://127.9.9.9"],
    ...["http://[::1]:4100", "http://0.0.0.0:4100", "http://panel.localhost", "http://2130706433"],
    ...["http://[::ffff:127.0.0.1]:4100", "http://[::ffff:7f01:2]", "http://[::ffff:0.0.0.0]"],
  ];
  for (const base of own) {
    const links = of(base);
    assert.match(
      links.refused!,
      /means this machine alone, and a link is for people who are/,
      base,
    );
    assert.throws(() => links.urlOf(TERMS), /^OpcodeError: base_url: /);
  }
  assert.match(of("").refused!, /^is not set, and a link is for people who are elsewhere/);
});

test("one of before tokens said when they were made is older than any revocation", () => {
  const said = Buffer.concat([
    Buffer.from([1, 0]),
    Buffer.from(TERMS.decisionId.replaceAll("-", ""), "hex"),
    Buffer.alloc(6),
    Buffer.from("ann"),
  ]);
  said.writeUIntBE(TERMS.expiresAt, 18, 6);
  const own = hkdfSync("sha256", key(1), "", "opcode decision link", 32);
  const proof = createHmac("sha256", new Uint8Array(own)).update(said).digest();
  const token = Buffer.concat([proof, said]).toString("base64url");
  assert.deepEqual(tokens.read(token), { ...TERMS, agentId: "ann", madeAt: 0 });
});
