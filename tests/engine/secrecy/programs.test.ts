// Whether secrets are found in what programs really print, one encoder after the other.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { inspect } from "node:util";
import { test } from "node:test";
import { Masker } from "../../../engine/secrecy/masker.ts";
import { seeded } from "../../support/random.ts";
import Database from "libsql";

/** What each secret has in it is what some encoder has a way of its own for. */
const SECRETS: Record<string, string> = {
  "plain": "ghp_R8sd7f6a8s7d6f8a7s6df87as6df",
  "marks": `p'a"s&s/w+o\\r d<1>=%;$x!y`,
  "not ASCII": "Straße&Grüße-€uro-日本-😀x",
  "control": "tab\tbell\x07esc\x1bdel\x7f;end",
  "lines": "first line 'one'\nline \"two\" & more\nthird\\line",
  "a URL": "postgres://user:p%40ss@db.example.com:5432/x?y=z#frag",
  "a path": "a1b2c3//d4e5f6/./g7h8i9+/x//y0",
  "a key": "-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0B/AQEFAASC+BKcwggSj\n" +
    "AgEAAoIBAQC7VJTUt9Us8cKj==\n-----END KEY-----\n",
};

type Encode = (secret: string) => string | undefined;

/** What a program prints that has the secret in its environment. */
function program(command: string, ...args: string[]): Encode {
  return (secret) => {
    const { status, stdout } = spawnSync(command, args, {
      encoding: "utf8",
      env: { ...process.env, SECRET: secret, LC_ALL: "C.UTF-8" },
    });
    return status === 0 ? stdout : undefined;
  };
}

const WORD = "WORD-OF-ITS-OWN";
const expressions: string[] = [];
let answers: Record<string, Record<string, string>> | undefined;

/** What Python makes of all expressions and secrets: one process, for it starts slowly. */
function askPython(): Record<string, Record<string, string>> {
  const { status, stdout } = spawnSync("python3", [
    "-c",
    "import os,sys,json,html,urllib.parse,base64,csv,shlex,re,io,quopri,textwrap,pprint\n" +
    "def table(s,**k):\n o=io.StringIO();csv.writer(o,**k).writerow(['a',s,'b']);return o.getvalue()\n" +
    "job=json.load(sys.stdin)\n" +
    "print(json.dumps({e:{s:eval(e,globals(),{'s':s,'b':s.encode()}) for s in job['secrets']} " +
    "for e in job['expressions']}))",
  ], {
    encoding: "utf8",
    input: JSON.stringify({ expressions, secrets: [...Object.values(SECRETS), WORD] }),
  });
  return status === 0 ? JSON.parse(stdout) : {};
}

function python(expression: string): Encode {
  expressions.push(expression);
  return (secret) => (answers ??= askPython())[expression]?.[secret];
}

const perl = (statement: string): Encode =>
  program("perl", "-MData::Dumper", "-MMIME::Base64", "-e", `$s=$ENV{SECRET};${statement}`);
const bash = (script: string): Encode => program("bash", "-c", script);
const jq = (filter: string, ...flags: string[]): Encode => program("jq", "-nr", ...flags, filter);
const sql = (expression: string): Encode => (secret) => {
  const database = new Database(":memory:");
  try {
    return (database.prepare(`SELECT ${expression} AS v`).get([secret]) as { v: string }).v;
  } finally {
    database.close();
  }
};

const PROGRAMS: Record<string, Encode> = {
  "python repr": python("repr(s)"),
  "python ascii": python("ascii([s])"),
  "python bytes": python("repr(b)"),
  "python json.dumps": python("json.dumps({'k':s})"),
  "python json.dumps, not ASCII": python("json.dumps({'k':s},ensure_ascii=False)"),
  "python json.dumps twice": python("json.dumps({'k':json.dumps([s])})"),
  "python html.escape": python("html.escape(s)"),
  "python html.escape without quotes": python("html.escape(s,quote=False)"),
  "python xmlcharrefreplace": python("html.escape(s).encode('ascii','xmlcharrefreplace').decode()"),
  "python urllib quote": python("'http://h/'+urllib.parse.quote(s)"),
  "python urllib quote, all": python("urllib.parse.quote(s,safe='')"),
  "python urlencode": python("urllib.parse.urlencode({'a':1,'s':s})"),
  "python base64": python("base64.b64encode(b'user:'+b).decode()"),
  "python base64, urlsafe": python("base64.urlsafe_b64encode(b).decode()"),
  "python encodebytes": python("base64.encodebytes(b'x'*50+b+b'y'*9).decode()"),
  "python base32": python("base64.b32encode(b'ab'+b).decode()"),
  "python hex": python("b.hex()"),
  "python hex with colons": python("b.hex(':')"),
  "python csv": python("table(s)"),
  "python csv, all quoted": python("table(s,quoting=csv.QUOTE_ALL)"),
  "python shlex.quote": python("shlex.quote(s)"),
  "python shlex.join": python("shlex.join(['echo',s])"),
  "python re.escape": python("re.escape(s)"),
  "python unicode_escape": python("s.encode('unicode_escape').decode()"),
  "python quopri": python("quopri.encodestring(b[:60]).decode() if len(b)<60 else '?'+s"),
  "python textwrap.indent": python("textwrap.indent(s,'    ')"),
  "python upper": python("s.upper()"),
  "python lower": python("s.lower()"),
  "python pprint": python("pprint.pformat({'k':s},width=10**6)"),
  "perl Data::Dumper": perl("$Data::Dumper::Indent=1;print Dumper([$s])"),
  "perl quotemeta": perl("utf8::decode($s);binmode STDOUT,q(:utf8);print quotemeta($s)"),
  "perl base64 in lines": perl("print encode_base64('x' x 40 . $s)"),
  "bash printf %q": bash('printf %q "$SECRET"'),
  "bash @Q": bash('printf %s "${SECRET@Q}"'),
  "bash set": bash("set | grep -a -A9 ^SECRET="),
  "bash export -p": bash("export -p | grep -a -A9 SECRET="),
  "bash set -x": bash('exec 2>&1; set -x; : "$SECRET"'),
  "sh export -p": program("sh", "-c", "export -p | grep -a -A9 SECRET="),
  "sh printf %s with CRLF": bash('printf %s "$SECRET" | sed "s/$/\\r/"'),
  "sed, indented": bash('printf %s "$SECRET" | sed "s/^/\t  /"'),
  "base64 -w 76": bash('{ printf %070d 0; printf %s "$SECRET"; } | base64 -w 76'),
  "base64 -w 20": bash('printf %s "$SECRET" | base64 -w 20'),
  "xxd -p": bash('{ printf %050d 0; printf %s "$SECRET"; } | xxd -p'),
  "xxd -p -u": bash('printf %s "$SECRET" | xxd -p -u'),
  "xxd -i": bash('printf %s "$SECRET" | xxd -i'),
  "od -An -tx1": bash('printf %s "$SECRET" | od -An -v -tx1'),
  "od -An -tu1 in one line": bash('printf %s "$SECRET" | od -An -v -w4096 -tu1 | tr -s " "'),
  "openssl base64": bash('printf %s "$SECRET" | openssl base64'),
  "cat -v": bash('printf %s "$SECRET" | cat -v'),
  "cat -A": bash('printf %s "$SECRET" | cat -A'),
  "jq string": jq("env.SECRET | tojson"),
  "jq -a": jq("[env.SECRET]", "-a"),
  "jq @uri": jq("env.SECRET | @uri"),
  "jq @html": jq("env.SECRET | @html"),
  "jq @sh": jq("env.SECRET | @sh"),
  "jq @csv": jq("[env.SECRET] | @csv"),
  "jq @tsv": jq("[env.SECRET] | @tsv"),
  "jq @base64": jq("env.SECRET | @base64"),
  "base32": bash('printf %s "$SECRET" | base32'),
  "jq @json twice": jq("env.SECRET | @json | @json"),
  "sqlite quote": sql("quote(?)"),
  "sqlite json_quote": sql("json_quote(?)"),
  "sqlite hex": sql("hex(?)"),
  "sqlite printf %Q": sql("printf('INSERT %Q', ?)"),
  "sqlite printf %w": sql(`printf('"%w"', ?)`),
  "node util.inspect": (secret) => inspect({ secret }, { breakLength: Infinity }),
  "node JSON.stringify": (secret) => JSON.stringify({ secret }),
  "node encodeURIComponent": encodeURIComponent,
  "node encodeURI": encodeURI,
  "node URLSearchParams": (secret) => String(new URLSearchParams({ secret })),
  "node new URL, path": (secret) => new URL(`http://h/${secret}`).href,
  "node new URL, query": (secret) => new URL(`http://h/?q=${secret}`).href,
  "node new URL, fragment": (secret) => new URL(`http://h/#${secret}`).href,
  "node new URL, password": (secret) =>
    Object.assign(new URL("http://u@h/"), { password: secret }).href,
  "node path.resolve": (secret) => `no such file ${resolve("/x", secret)}`,
  "node base64url": (secret) => Buffer.from(`{"k":1}${secret}`).toString("base64url"),
  "node base64 of JSON": (secret) => Buffer.from(JSON.stringify({ secret })).toString("base64"),
  "node base64 of UTF-16": (secret) => Buffer.from(`a${secret}`, "utf16le").toString("base64"),
  "node Error": (secret) => String(new Error(`unexpected ${JSON.stringify(secret)}`).stack),
};

/** Secrets that a program cannot be given, or whose output has them in parts that no form has. */
const NOT: Record<string, RegExp> = {
  // It joins lines with a `\` of its own.
  "python quopri": /a key|a URL|lines/,
};

for (const [name, encode] of Object.entries(PROGRAMS)) {
  test(`nothing of a secret is left in the output of ${name}`, (t) => {
    for (const [kind, secret] of Object.entries(SECRETS)) {
      if (NOT[name]?.test(kind)) continue;
      const output = encode(secret);
      if (output === undefined) return t.skip(`${name} is not here`);
      const masker = new Masker();
      masker.add(secret);
      const masked = masker.text(output);
      const hint = `${kind}: ${output}\n→ ${masked}`;
      assert.match(masked, /\*\*\*/, hint);
      // What the program wrote around the secret is what it writes around a word.
      const around = (encode(WORD) ?? "").length;
      assert.ok(masked.replaceAll("***", "").length <= around + 40, hint);
      for (const piece of pieces(secret)) assert.ok(!masked.includes(piece), `${piece} in ${hint}`);
    }
  });
}

/** Runs of letters and digits that would show where they stood. */
function pieces(secret: string): string[] {
  return secret.match(/[A-Za-z0-9]{8,}/g) ?? [];
}

test("nothing is left of texts of marks in what bash's printf %q makes of them", (t) => {
  const next = seeded(1);
  const marks = `!"#$%&'()*+,-./:;<=>?@[\\]^_\`{|}~ aB3`;
  const secrets = Array.from(
    { length: 1_000 },
    () => Array.from({ length: 16 }, () => marks[Math.floor(next() * marks.length)]).join(""),
  );
  const script = "printf '%q\\n' \"$@\"";
  const { status, stdout } = spawnSync("bash", ["-c", script, "-", ...secrets], {
    encoding: "utf8",
  });
  if (status !== 0) return t.skip("bash is not here");
  for (const [i, line] of stdout.trimEnd().split("\n").entries()) {
    const masker = new Masker();
    masker.add(secrets[i]!);
    assert.equal(masker.text(line), "***", `${secrets[i]} as ${line}`);
  }
});
