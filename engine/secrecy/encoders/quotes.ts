// How shells, SQL, CSV and other line formats quote a text.

// Control characters are what encoders are about.
// deno-lint-ignore-file no-control-regex

import { type Encoder, hexOf } from "./encoder.ts";

function doubled(mark: string): (text: string) => string[] {
  return (text) => [text.replaceAll(mark, mark + mark)];
}

/** `$'…'` of bash, ksh and zsh; what is not ASCII as it is, or each byte of it in octal. */
function ansiC(text: string): string[] {
  const short: Record<string, string> = {
    "\\": "\\\\",
    "'": "\\'",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    "\x07": "\\a",
    "\b": "\\b",
    "\f": "\\f",
    "\v": "\\v",
    "\x1b": "\\E",
  };
  const octal = (char: string) =>
    Array.from(Buffer.from(char), (byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("");
  const controls = text.replace(
    /[\x00-\x1f\x7f'\\]/g,
    (char) => short[char] ?? octal(char),
  );
  const lower = controls.replaceAll("\\E", "\\e");
  return [controls, lower, controls.replace(/[^\x00-\x7f]/gu, octal)];
}

export const quoteEncoders: readonly Encoder[] = [
  {
    name: "shell: '…' with '\\'' for a quote",
    encode: (text) => [text.replaceAll("'", "'\\''")],
  },
  {
    name: "shell: '…' with '\"'\"' for a quote (Python shlex.quote, dash)",
    encode: (text) => [text.replaceAll("'", `'"'"'`)],
  },
  {
    name: 'shell: "…"',
    encode(text) {
      const posix = text.replace(/[\\"$`]/g, "\\$&");
      return [posix, posix.replaceAll("!", "\\!"), text.replace(/[\\"]/g, "\\$&")];
    },
  },
  {
    name: "shell: a backslash before what is special (bash printf %q, zsh ${(q)…})",
    encode(text) {
      const each = text.replace(/[ \t!"#$&'()*,;<>?[\\\]^`{|}~=]/g, "\\$&");
      // A hash is special at the beginning alone, a tilde also after what ends a name or a path.
      const bash = text.replace(/[ \t!"$&'()*,;<>?[\\\]^`{|}]/g, "\\$&").replace(/^[~#]/, "\\$&");
      const tildes = bash.replace(/(?<=[:=])~/g, "\\$&");
      const zsh = text.replace(/[^A-Za-z0-9_@%+:,./\x80-\uffff-]/g, "\\$&");
      return [
        each,
        bash,
        tildes,
        zsh,
        ...[bash, tildes].map((text) => text.replaceAll("\\,", ",")),
      ];
    },
  },
  { name: "shell: $'…'", encode: ansiC },
  {
    name: "shell: GNU ls and stat ('…'$'\\n''…')",
    encode(text) {
      return [
        text.replaceAll("'", "'\\''").replace(
          /[\x00-\x1f\x7f]+/g,
          (run) => `'$'${ansiC(run)[0]}''`,
        ),
      ];
    },
  },
  { name: "SQL, YAML and PowerShell: '' for a quote", encode: doubled("'") },
  { name: 'CSV, cmd and SQL names: "" for a quote', encode: doubled('"') },
  {
    name: "SQL: a backslash (MySQL, PostgreSQL's E'…')",
    encode(text) {
      const short: Record<string, string> = {
        "\n": "\\n",
        "\r": "\\r",
        "\x1a": "\\Z",
        "\t": "\\t",
      };
      const all = text.replace(/[\\'"\n\r\x1a]/g, (char) => short[char] ?? `\\${char}`);
      const most = text.replace(/[\\'\n\r\t]/g, (char) => short[char] ?? `\\${char}`);
      return [all, most, most.replaceAll("\\'", "''")];
    },
  },
  {
    name: "SQL: line ends by number (sqlite3 .mode quote and .dump)",
    encode(text) {
      const quoted = text.replaceAll("'", "''");
      return [
        quoted.replaceAll("\n", "\\n").replaceAll("\r", "\\r"),
        quoted.replaceAll("\n", "'||char(10)||'").replaceAll("\r", "'||char(13)||'"),
      ];
    },
  },
  {
    name: "tab-separated values",
    encode(text) {
      const escaped = text.replaceAll("\\", "\\\\").replaceAll("\t", "\\t");
      return [escaped.replaceAll("\n", "\\n").replaceAll("\r", "\\r")];
    },
  },
  { name: "a dollar doubled (make, docker compose)", encode: doubled("$") },
  { name: "a percent sign doubled (printf, cmd, systemd)", encode: doubled("%") },
  {
    name: "PowerShell: a backtick",
    encode: (text) => [text.replace(/[`"$]/g, "`$&").replaceAll("\n", "`n")],
  },
  { name: "cmd: a caret", encode: (text) => [text.replace(/[&<>|^()%!"]/g, "^$&")] },
  {
    name: "Java properties",
    encode(text) {
      const marks = text.replace(/[\\:=#!]/g, "\\$&").replaceAll("\n", "\\n")
        .replaceAll("\r", "\\r").replaceAll("\t", "\\t").replace(/^ /, "\\ ");
      const unit = (char: string) => `\\u${hexOf(char.charCodeAt(0), 4).toUpperCase()}`;
      return [marks, marks.replace(/[^\x20-\x7e]/g, unit)];
    },
  },
  {
    name: "quoted-printable",
    encode(text) {
      const byte = (char: string) =>
        Array.from(Buffer.from(char), (each) => `=${hexOf(each, 2).toUpperCase()}`).join("");
      const plain = text.replace(/[^\x20-\x7e\n\r\t]|=/gu, byte);
      return [plain, plain.replace(/ /g, "_"), plain.replace(/ /g, "=20")];
    },
  },
  {
    name: "LDAP filters",
    encode: (text) => [
      text.replace(/[*()\\\0]/g, (char) => `\\${hexOf(char.charCodeAt(0), 2)}`),
    ],
  },
];
