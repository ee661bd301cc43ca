// How JSON libraries write a text: all escape quotes and backslashes, each some more.

import { type Encoder, hexOf } from "./encoder.ts";

/** Each UTF-16 unit that matches as `\uXXXX`. */
function escaped(text: string, what: RegExp, upper = false): string {
  return text.replace(what, (unit) => {
    const hex = hexOf(unit.charCodeAt(0), 4);
    return `\\u${upper ? hex.toUpperCase() : hex}`;
  });
}

const NOT_ASCII = /[^\x20-\x7e]/g;
const HTML = /[<>&]/g;
const LINES = /[\u2028\u2029]/g;

/** ECMA-262 JSON.stringify, without the quotes around it. */
export function plainJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** Control characters without the short forms that not everybody uses. */
function withoutShort(text: string): string {
  return text.replaceAll("\\b", "\\u0008").replaceAll("\\f", "\\u000c");
}

/** As they are most often met: what may itself stand in a text of JSON is written in these. */
export const commonJson: Encoder = {
  name: "JSON (JavaScript; Python and others that write ASCII; Go)",
  encode(text) {
    const plain = plainJson(text);
    const ascii = escaped(plain, NOT_ASCII);
    return [plain, ascii, escaped(escaped(plain, HTML), LINES), escaped(ascii, HTML)];
  },
};

export const jsonEncoders: readonly Encoder[] = [
  commonJson,
  {
    name: "JSON with an escaped slash (PHP, old escapers)",
    encode(text) {
      return commonJson.encode(text).map((form) => form.replaceAll("/", "\\/"));
    },
  },
  {
    name: "JSON with control characters in hexadecimal alone (Go before 1.22, jq)",
    encode(text) {
      const plain = escaped(plainJson(text), /\x7f/g);
      return [plain, withoutShort(plain), withoutShort(escaped(escaped(plain, HTML), LINES))];
    },
  },
  {
    name: "JSON of .NET (System.Text.Json, Newtonsoft) and PHP's JSON_HEX_*",
    encode(text) {
      const quoted = plainJson(text).replaceAll('\\"', "\\u0022");
      const net = escaped(escaped(quoted, /['+<>&`]/g, true), NOT_ASCII, true);
      const php = escaped(escaped(quoted, /['<>&]/g, true), NOT_ASCII).replaceAll("/", "\\/");
      return [net, php, escaped(plainJson(text), NOT_ASCII, true)];
    },
  },
];
