// How programming languages and tools show a text: as a literal of theirs, or visibly.

// Control characters are what encoders are about.
// deno-lint-ignore-file no-control-regex

import { type Encoder, hexOf, replacing } from "./encoder.ts";

const SHORT: Record<string, string> = {
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
};
const C_SHORT: Record<string, string> = {
  ...SHORT,
  "\x07": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\v": "\\v",
};

/** What a language prints as it is beyond ASCII differs; these are never. */
const UNPRINTABLE = /[\x80-\xa0\xad\u2028\u2029\ufeff]/g;
const BEYOND = /[^\x00-\x7f]/gu;

const x2 = (code: number) => `\\x${hexOf(code, 2)}`;
const u4 = (code: number) => `\\u${hexOf(code, 4)}`;

/** By size: `\xe9`, `\u2028`, `\U0001f600`. */
function bySize(code: number): string {
  return code <= 0xff ? x2(code) : code <= 0xffff ? u4(code) : `\\U${hexOf(code, 8)}`;
}

/** `\u00e9`, and beyond the first plane `\U0001f600`. */
function goUnit(code: number): string {
  return code <= 0xffff ? u4(code) : `\\U${hexOf(code, 8)}`;
}

function controls(
  text: string,
  short: Record<string, string>,
  other: (code: number) => string,
): string {
  return text.replace(
    /[\x00-\x1f\x7f]/g,
    (char) => short[char] ?? other(char.charCodeAt(0)),
  );
}

function backslashed(text: string, quotes: string): string {
  return text.replaceAll("\\", "\\\\").replace(
    /['"`]/g,
    (quote) => quotes.includes(quote) ? `\\${quote}` : quote,
  );
}

/** With each of the quotes that the language may have chosen. */
function withQuotes(text: string, choices: readonly string[]): string[] {
  return choices.map((quotes) => backslashed(text, quotes));
}

const bytesEscaped = (char: string) => Array.from(Buffer.from(char), (byte) => x2(byte)).join("");

const regExpMarks: Record<string, RegExp> = {
  "Python re.escape": /[ \t\n\r\v\f#$&()*+\-.?[\\\]^{|}~]/g,
  "Go, Rust, PHP, C++": /[$()*+.?[\\\]^{|}]/g,
  "PHP preg_quote": /[.\\+*?[^\]$(){}=!<>|:\-#/]/g,
  "Perl quotemeta": /[\x00-\x7f]/g,
};

export const literalEncoders: readonly Encoder[] = [
  {
    name: "Python repr",
    encode(text) {
      return withQuotes(text, ["", "'"])
        .map((quoted) => replacing(controls(quoted, SHORT, x2), UNPRINTABLE, bySize));
    },
  },
  {
    name: "Python ascii and unicode_escape",
    encode(text) {
      return withQuotes(text, ["", "'"])
        .map((quoted) => replacing(controls(quoted, SHORT, x2), BEYOND, bySize));
    },
  },
  {
    name: "Python bytes, C with \\x",
    encode(text) {
      return withQuotes(text, ["", "'", '"'])
        .map((quoted) => controls(quoted, SHORT, x2).replace(BEYOND, bytesEscaped));
    },
  },
  {
    name: "Go %q, %+q and Rust {:?}",
    encode(text) {
      const quoted = backslashed(text, '"');
      const go = controls(quoted, C_SHORT, x2);
      const rust = controls(quoted, SHORT, (code) => `\\u{${hexOf(code, 1)}}`);
      return [replacing(go, UNPRINTABLE, goUnit), replacing(go, BEYOND, goUnit), rust];
    },
  },
  {
    name: "JavaScript util.inspect and template literals",
    encode(text) {
      const upper = (code: number) => `\\x${hexOf(code, 2).toUpperCase()}`;
      const short = { ...SHORT, "\b": "\\b", "\f": "\\f", "\v": "\\v" };
      return [
        ...withQuotes(text, ["", "'", '"', "`"]).map((quoted) => controls(quoted, short, upper)),
        backslashed(text, "`").replaceAll("${", "\\${"),
      ];
    },
  },
  {
    name: "Ruby inspect",
    encode(text) {
      const quoted = backslashed(text, '"').replace(/#(?=[{$@])/g, "\\#");
      const short = { ...C_SHORT, "\x1b": "\\e" };
      const made = controls(quoted, short, (code) => `\\x${hexOf(code, 2).toUpperCase()}`);
      return [made, replacing(made, BEYOND, (code) => `\\u${hexOf(code, 4).toUpperCase()}`)];
    },
  },
  {
    name: "PHP var_export, Perl Data::Dumper, addslashes",
    encode: (text) => [...withQuotes(text, ["'", `'"`]), text.replaceAll("'", "\\'")],
  },
  {
    name: "C and git: bytes in octal",
    encode(text) {
      const octal = (byte: number) => `\\${byte.toString(8).padStart(3, "0")}`;
      const bytes = (char: string) => Array.from(Buffer.from(char), octal).join("");
      return withQuotes(text, ["", '"'])
        .map((quoted) => controls(quoted, C_SHORT, octal).replace(BEYOND, bytes));
    },
  },
  {
    name: "cat -v",
    encode(text) {
      const caret = (code: number) => `^${String.fromCharCode(code ^ 64)}`;
      const seen = text.replace(
        /[^\x20-\x7e\n\t]/gu,
        (char) =>
          Array.from(Buffer.from(char), (byte) => {
            const low = byte & 0x7f;
            const shown = low < 32 || low === 127 ? caret(low) : String.fromCharCode(low);
            return byte > 127 ? `M-${shown}` : shown;
          }).join(""),
      );
      return [seen, seen.replaceAll("\t", "^I").replaceAll("\n", "$\n")];
    },
  },
  {
    name: 'YAML "…"',
    encode(text) {
      const short = { ...C_SHORT, "\x1b": "\\e", "\0": "\\0" };
      const upper = (code: number) => `\\x${hexOf(code, 2).toUpperCase()}`;
      const made = controls(backslashed(text, '"'), short, upper);
      return [
        made,
        replacing(
          made,
          BEYOND,
          (code) =>
            code <= 0xff
              ? upper(code)
              : code <= 0xffff
              ? `\\u${hexOf(code, 4).toUpperCase()}`
              : `\\U${hexOf(code, 8).toUpperCase()}`,
        ),
      ];
    },
  },
  ...Object.entries(regExpMarks).map(([name, marks]): Encoder => ({
    name: `regular expression: ${name}`,
    encode(text) {
      const escaped = name === "Perl quotemeta"
        ? text.replace(marks, (char) => /\w/.test(char) ? char : `\\${char}`)
        : text.replace(marks, "\\$&");
      return [escaped, escaped.replaceAll("\\\n", "\\n")];
    },
  })),
];
