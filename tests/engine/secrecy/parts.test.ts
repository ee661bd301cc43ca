// Whether what a secret consists of is hidden too: its lines, what its JSON holds, the number it is.

import assert from "node:assert/strict";
import { resolve } from "node:path";
import { test } from "node:test";
import type { Json } from "../../../core/json.ts";
import { Masker } from "../../../engine/secrecy/masker.ts";
import { partsOf } from "../../../engine/secrecy/parts.ts";

function masker(...secrets: string[]): Masker {
  const made = new Masker();
  for (const secret of secrets) made.add(secret);
  return made;
}

const KEY = "-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG\nAgEAAoIBAQC7VJTU\nab\n-----END KEY-----\n";

test("of a secret of several lines each line of eight bytes is hidden, wherever it stands", () => {
  const made = masker(KEY);
  assert.equal(made.text("line 2: AgEAAoIBAQC7VJTU."), "line 2: ***.");
  assert.equal(made.text(`x = ${KEY.replaceAll("\n", "\r\n")};`), "x = ***\r\n;");
  const indented = KEY.trimEnd().split("\n").map((line) => `    ${line}`).join("\n");
  assert.equal(made.text(`key:\n${indented}\nend`), "key:\n    ***end");
  assert.equal(made.text(JSON.stringify({ KEY })), '{"KEY":"***"}');
  // Less than eight bytes are anywhere.
  assert.equal(made.text("ab and cd"), "ab and cd");
});

test("a secret whose line ends are written as \\n is hidden when a program has put them in", () => {
  assert.equal(masker(KEY.replaceAll("\n", "\\n")).text(`<${KEY.trim()}>`), "<***>");
});

test("of a secret that is JSON the whole value and each text of eight bytes is hidden", () => {
  const value = {
    type: "account",
    user: "bob",
    password: "hunter22-and-more",
    pin: 8675309123,
    key: KEY,
    list: ["short", "of-some-length"],
  };
  const made = masker(JSON.stringify(value, null, 2));
  const shown = (json: Json) => made.value(json);
  assert.equal(shown(value), "***");
  assert.deepEqual(shown({ body: { inside: value } }), { body: { inside: "***" } });
  // As we would parse what a program printed of it.
  assert.deepEqual(shown({ user: "bob", password: "hunter22-and-more", pin: 8675309123 }), {
    user: "bob",
    password: "***",
    pin: "***",
  });
  assert.deepEqual(shown({ l: "AgEAAoIBAQC7VJTU", x: "of-some-length", y: "short" }), {
    l: "***",
    x: "***",
    y: "short",
  });
});

test("an empty object or list is no secret", () => {
  const value = { a: {}, b: [], c: [1] };
  assert.equal(masker("{    }", "[   ]", "[  1]").value(value), value);
});

test("a secret that is a number is hidden when it has been read as one", () => {
  for (
    const secret of ["12345678901234567890", "0012345678", "12345678.90123456789", "+98765432"]
  ) {
    const made = masker(secret);
    const number = Number(secret);
    assert.equal(made.value(number), "***", secret);
    assert.deepEqual(made.value([number, `=${number}!`]), ["***", "=***!"]);
    assert.equal(made.value(Math.trunc(number)), "***", secret);
    assert.equal(made.text(`${number.toExponential()}`), "***");
  }
  assert.equal(masker("12345678").value(12345), 12345);
});

const SECRET = "s3cr3t-value-of-forty-nine-characters-0123456789x";

test("of a secret that the end of a text cuts off nothing of eight characters is left", () => {
  const made = masker(SECRET);
  for (let length = 8; length < SECRET.length; length++) {
    const part = SECRET.slice(0, length);
    assert.equal(made.text(`out: ${part}`), "out: ***");
    // Half a character at the end.
    assert.equal(made.text(`out: ${part}\ufffd`), "out: ***");
  }
  assert.equal(made.text("out: s3cr3t-"), "out: s3cr3t-");
  const bytes = Buffer.from(`user:${SECRET}`);
  for (let length = 16; length < bytes.length; length++) {
    const left = made.text(bytes.subarray(0, length).toString("base64")).replace("***", "");
    assert.ok(left.length <= 8, `${length}: ${left}`);
  }
  for (let length = 4; length < 49; length++) {
    const hex = Buffer.from(SECRET).toString("hex").slice(0, 2 * length);
    assert.equal(made.text(`0x${hex}`), "0x***");
  }
});

test("of a secret that an error has cut off nothing is left, after however many ellipses", () => {
  const made = masker(SECRET);
  for (const dots of ["…", "..."]) {
    for (let length = 4; length < SECRET.length; length++) {
      const message = `${`x${dots} `.repeat(100)}${SECRET.slice(0, length)}${dots}, ${
        JSON.stringify(`"${SECRET.slice(0, length)}`)
      }`;
      const shown = made.error({ message }).message as string;
      assert.ok(shown.startsWith(`${`x${dots} `.repeat(100)}***${dots}`), shown);
    }
  }
});

test("64 characters of a longer secret are found by themselves", () => {
  const long = Array.from({ length: 300 }, (_, i) => `${i * i}.`).join("");
  const made = masker(long);
  assert.equal(made.text(`a ${long.slice(0, 200)} b`), "a *** b");
  assert.equal(made.text(`a ${long} b`), "a *** b");
});

test("many secrets of the largest size are looked for in bounded memory and time", () => {
  const lines = Array.from({ length: 6_000 }, (_, i) => `"l'${(i * 48271) % 65521}" & <${i}>`);
  const made = masker(
    lines.join("\n").slice(0, 65_536),
    lines.toReversed().join("\n").slice(0, 65_536),
  );
  assert.equal(made.text(`see: ${lines[77]}`), "see: ***");
  assert.equal(made.text(`see: ${JSON.stringify(lines[77])}`), 'see: "***"');
});

test("of a secret that is a URL what gives access is hidden, and what an error shows of it", () => {
  const made = masker(
    "postgres://admin:p%40ssw0rd!x@db.example.com:5432/production?key=0123-4567#a",
  );
  for (
    const part of [
      "p%40ssw0rd!x",
      "p@ssw0rd!x",
      "0123-4567",
      "postgres://db.example.com:5432/production",
    ]
  ) assert.equal(made.text(`<${part}>`), "<***>");
  // However much of it an address shows, and with whatever around it.
  const whole = "postgres://admin:p%40ssw0rd!x@db.example.com:5432/production?key=0123-4567#a";
  for (const shown of [whole.split("?")[0]!, whole.split("#")[0]!, new URL(whole).href]) {
    for (const before of ["", "http://127.0.0.1:1/", "http://h/a?b="]) {
      const message = made.text(`GET ${before}${shown} failed`);
      assert.doesNotMatch(message, /admin|ssw0rd|production|0123/);
      assert.ok(message.startsWith(`GET ${before}`) && message.endsWith(" failed"), message);
    }
    const inside = new URL(`http://${shown}.invalid/`).href;
    assert.doesNotMatch(made.text(inside), /admin|ssw0rd|production|0123/);
  }
  assert.equal(made.text("connects to db.example.com"), "connects to db.example.com");
  const host = masker("AbCdEfGhIj/KlMnOp?x");
  assert.equal(
    host.text(`GET ${new URL("http://AbCdEfGhIj/KlMnOp").href}: no`),
    "GET http://***: no",
  );
});

test("each part of a URL that gives access is hidden, whatever the others are", () => {
  const hidden: [secret: string, parts: string[]][] = [
    ["https://ghp_0123456789@github.com/a/b", ["ghp_0123456789", "ghp_0123456789@github.com"]],
    ["https://longuser:pass@h/path-of-it?q", ["longuser", "longuser:pass", "/path-of-it"]],
    ["https://me:pw@host/?k=v", ["me:pw@host"]],
    ["https://me:pw%20of%20mine@h/", ["me:pw of mine", "pw%20of%20mine", "pw of mine"]],
    ["mongodb://u:p4ssw0rd@h1:27017,h2:27017/d", ["p4ssw0rd", "u:p4ssw0rd@h1:27017,h2:27017"]],
    ["https://h/services/T0/B0/xoxb0123456789ab", ["xoxb0123456789ab"]],
    ["https://h/#access_token=0123456789&x=1", ["0123456789", "access_token=0123456789"]],
    ["https://h/p?a=b+c+d+e+f&c%2Fd%2Fe", ["b c d e f", "b+c+d+e+f", "c%2Fd%2Fe"]],
    ["https://Benützer:gehéimes@Häuser.example/wége-hin", [
      "Benützer",
      "Ben%C3%BCtzer",
      "geh%C3%A9imes",
      "gehéimes",
      "https://xn--huser-gra.example/w%C3%A9ge-hin",
      "/wége-hin",
      "/w%c3%a9ge-hin",
    ]],
  ];
  for (const [secret, parts] of hidden) {
    for (const part of parts) assert.equal(masker(secret).text(`<${part}>`), "<***>", part);
  }
});

test("a secret in other letters is hidden, also as those write it who change each by itself", () => {
  const made = masker("52mkicw39vo7ß€né日ouÃß");
  for (
    const text of ["52MKICW39VO7ß€NÉ日OUÃß", "52MKICW39VO7SS€NÉ日OUÃSS", "52mkicw39vo7ß€né日ouãß"]
  ) {
    assert.equal(made.text(`<${text}>`), "<***>");
  }
});

test("a secret that ends in a slash is hidden where a path has lost it", () => {
  const secret = "1CC|0Eb=g@|@-+n./`U5+Au.=1OAx/";
  const path = resolve("/nowhere", secret);
  assert.equal(masker(secret).text(`'${path}': no such file`), "'/nowhere/***': no such file");
});

test("a secret that is part of a path is hidden also where an address ends before its query", () => {
  for (const rest of ["?", "#", "?b#c"]) {
    const secret = `b8^m3=c;C*Jwvi8h %eK,zhQa${rest}more`;
    const { origin, pathname } = new URL(`http://h/${secret}`);
    assert.equal(masker(secret).text(`GET ${origin}${pathname}: no`), "GET http://h/***: no");
  }
});

test("a secret that an address shows without its user or query is hidden there", () => {
  for (const secret of [`_cK_5/<I}P-Y$2h="&Uo@I)'o@&?query`, "u$er@cK5/<I}P-Y$2h=?query"]) {
    const { host, pathname } = new URL(`http://${secret}`);
    assert.equal(masker(secret).text(`GET http://${host}${pathname}: no`), "GET http://***: no");
  }
});

test("a text that is nearly a number, of three million digits, is taken apart at once", () => {
  const text = `${"1".repeat(3_000_000)}x`;
  assert.deepEqual([...partsOf([text]).texts], [text]);
});

test("what a delimiter of URLs cuts off from a secret is hidden too, in any letters", () => {
  const masked = (secret: string, text: string) => {
    const made = new Masker();
    made.add(secret);
    return made.text(text);
  };
  const secret = "N0t.a.URL$and'x@){`,{Pj,,$EkFmWuX7";
  // The host alone, as whoever looks it up says it.
  const { hostname } = new URL(`http://${secret}.invalid/`);
  assert.equal(masked(secret, `ENOTFOUND ${hostname}`), "ENOTFOUND ***.invalid");
  for (const delimiter of ["/", "?", "#", "@", "\\", ":"]) {
    const halves = `AbCdEfGhIj${delimiter}KlMnOpQrSt`;
    for (const half of halves.split(delimiter)) {
      assert.equal(masked(halves, `no ${half.toLowerCase()}!`), "no ***!", halves);
      assert.equal(masked(halves, `no ${half}!`), "no ***!", halves);
    }
  }
  // Words between delimiters are no secrets, nor is what JSON begins with.
  assert.equal(masked("a/prod/k3y", "prod"), "prod");
  assert.equal(masked('{"private_key":"AbCdEfGhIj"}', '{"private_key": 1}'), '{"private_key": 1}');
});
