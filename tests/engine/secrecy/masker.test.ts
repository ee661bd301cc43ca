// Whether secrets are found in every form, and nothing else is touched.

import assert from "node:assert/strict";
import { test } from "node:test";
import { LARGEST_VALUE } from "../../../engine/vault/rules.ts";
import { Masker } from "../../../engine/secrecy/masker.ts";

const SECRET = 'p"ä/s +w\\ö?rd&<1>';

function masker(...secrets: string[]): Masker {
  const made = new Masker();
  for (const secret of secrets) made.add(secret);
  return made;
}

const forms: [name: string, encode: (secret: string) => string][] = [
  ["as it is", (secret) => secret],
  ["in JSON", (secret) => JSON.stringify({ secret })],
  ["in JSON within JSON", (secret) => JSON.stringify({ body: JSON.stringify({ secret }) })],
  ["in JSON of ASCII", (secret) => `{"a":"${ascii(JSON.stringify(secret).slice(1, -1))}"}`],
  ["in JSON with \\/", (secret) => JSON.stringify(secret).replaceAll("/", "\\/")],
  ["in a URL's query", (secret) => `https://h/?q=${encodeURIComponent(secret)}&x=1`],
  ["in a URL, lower hex", (secret) => encodeURIComponent(secret).replace(/%../g, lower)],
  ["in a form", (secret) => new URLSearchParams({ secret }).toString()],
  ["in a URL's path, as some write it", (secret) => encodeURI(secret)],
  ["in hexadecimal", (secret) => `0x${Buffer.from(secret).toString("hex")}`],
  ["in upper hexadecimal", (secret) => Buffer.from(secret).toString("hex").toUpperCase()],
];

for (const encoding of ["base64", "base64url"] as const) {
  for (const before of ["", "u", "us", "user:", "sixsix"]) {
    for (const after of ["", "x", "xy", "xyz"]) {
      forms.push([
        `in ${encoding} between "${before}" and "${after}"`,
        (secret) => `Basic ${Buffer.from(before + secret + after).toString(encoding)} end`,
      ]);
    }
  }
}

function ascii(text: string): string {
  return text.replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function lower(text: string): string {
  return text.toLowerCase();
}

for (const [name, encode] of forms) {
  test(`a secret is found ${name}`, () => {
    const text = encode(SECRET);
    const masked = masker(SECRET).text(text);
    assert.match(masked, /\*\*\*/);
    // Nothing is left but what stood around it, and in base64 its ends.
    assert.ok(masked.replace("***", "").length <= encode("").length + 4, masked);
  });
}

test("texts, keys, numbers and lists of a value are masked, the rest stays the same object", () => {
  const clean = { n: 1, list: [true, null], text: "fine" };
  const value = { clean, [`k ${"12345678"}`]: 12345678, deep: [{ a: ["x12345678y"] }] };
  const masked = masker("12345678").value(value);
  assert.deepEqual(masked, { clean, "k ***": "***", deep: [{ a: ["x***y"] }] });
  assert.equal(masked.clean, clean);
  assert.equal(masker("something else").value(value), value);
});

test("a key named __proto__ stays a key", () => {
  const value = JSON.parse('{"__proto__": "hunter2"}');
  const masked = masker("hunter2").value(value);
  assert.equal(JSON.stringify(masked), '{"__proto__":"***"}');
});

test("of secrets inside each other the longest is taken", () => {
  assert.equal(masker("pass", "password").text("my password, my pass"), "my ***, my ***");
});

test("a secret with a line's end is found without it too", () => {
  assert.equal(masker("s3cr3t\n").text("it is s3cr3t."), "it is ***.");
});

test("less than four bytes are not looked for", () => {
  const made = new Masker();
  assert.equal(made.add("abc"), false);
  assert.equal(made.text("abc"), "abc");
  assert.equal(made.add("äö"), true);
  assert.equal(made.text("äö"), "***");
  assert.equal(made.text("an äö here"), "an *** here");
});

test("a large text with many secrets is masked in linear time", () => {
  const secrets = Array.from({ length: 100 }, (_, i) => `secret-number-${i}-${"x".repeat(20)}`);
  const made = masker(...secrets);
  const text = `${"a".repeat(4_000_000)}${secrets[7]}`;
  assert.ok(made.text(text).endsWith("***"));
});

test("of a secret that an error has cut off nothing is left", () => {
  const masker = new Masker();
  masker.add('s3cr3t "value"');
  const texts = {
    'object ({"l":["s3cr3t \\"va...}) and 1': 'object ({"l":["***...}) and 1',
    "got -s3cr3…": "got -***…",
    'a s3cr3t "v... b s3cr... c': "a ***... b ***... c",
    's3cr3t "value"...': "***...",
    "s3c... s3cr s3cro...": "s3c... s3cr s3cro...",
  };
  for (const [text, masked] of Object.entries(texts)) {
    assert.deepEqual(masker.error({ message: text }), { message: masked });
  }
});

test("of secrets that overlap all is taken", () => {
  const masker = new Masker();
  for (const secret of ["https://", "//inner/path", "path-and-more", "abab"]) masker.add(secret);
  assert.equal(masker.text("see https://inner/path-and-more!"), "see ***!");
  assert.equal(masker.text("xabababx abababab"), "x***x ***");
});

test("a secret of the largest size is found, and of two with one beginning the longer", () => {
  const key = "-----BEGIN KEY-----\n".padEnd(LARGEST_VALUE, "abcdefghijk/");
  const made = masker(key, "-----BEGIN", `${key.slice(0, 40)}!`);
  assert.equal(made.text(`a ${key} b`), "a *** b");
  assert.equal(made.text(`a ${Buffer.from(key).toString("hex")} b`), "a *** b");
  assert.equal(made.text("a -----BEGIN b"), "a *** b");
});
