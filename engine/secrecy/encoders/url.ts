// How URLs carry a text: percent-encoded by one of the sets in use, or as a host.

import { posix } from "node:path";
import { domainToASCII } from "node:url";
import { type Encoder, hexOf } from "./encoder.ts";

/** What each set leaves as it is, beside letters and digits. */
const KEPT: Record<string, string> = {
  "RFC 3986 (Python quote with safe='', PHP rawurlencode, Go, jq @uri, curl)": "-._~",
  "Python quote": "-._~/",
  "JavaScript encodeURIComponent, Perl uri_escape": "-._~!*'()",
  "JavaScript encodeURI": "-._~!*'();/?:@&=+$,#",
  "Go PathEscape": "-._~$&+=:@",
  "Java and PHP's urlencode": "-._*",
  "PHP's urlencode": "-._",
};

/** The sets of the WHATWG's URL Standard, by what they encode beside controls and beyond ASCII. */
const WHATWG: Record<string, string> = {
  "fragment": ' "<>`',
  "query": ' "#<>',
  "special query": " \"#<>'",
  "path": ' "#<>?^`{}',
  "userinfo": ' "#<>?^`{}/:;=@[\\]|',
  "component": ' "#<>?^`{}/:;=@[\\]|$&+,%',
};

/** Characters of a text's beginning that are looked for by themselves. */
const LEAST_SHOWN = 8;

function percent(byte: number): string {
  return `%${hexOf(byte, 2).toUpperCase()}`;
}

function encodeBytes(text: string, keeps: (char: string) => boolean): string {
  let encoded = "";
  for (const char of text) {
    if (keeps(char)) encoded += char;
    else for (const byte of Buffer.from(char)) encoded += percent(byte);
  }
  return encoded;
}

function keeping(marks: string): (char: string) => boolean {
  return (char) => /^[A-Za-z0-9]$/.test(char) || marks.includes(char);
}

function but(marks: string): (char: string) => boolean {
  return (char) => char > "\x1f" && char < "\x7f" && !marks.includes(char);
}

function lowerHex(text: string): string {
  return text.replace(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase());
}

function withPlus(text: string): string {
  return text.replaceAll("%20", "+");
}

/** What an error shows of an address: nothing behind its path. */
function withoutRest(address: string): string[] {
  const shown = address.split(/[?#]/)[0]!;
  return shown.length >= LEAST_SHOWN ? [shown] : [];
}

/** What `new URL` makes of the text where it stands in a URL's path and what follows it. */
function parsedUrls(text: string): string[] {
  const [inPath, inQuery, inFragment] = ["http://h/", "http://h/?", "http://h/#"].map((before) => {
    return URL.canParse(before + text) ? new URL(before + text).href.slice(before.length) : text;
  }) as [string, string, string];
  return [inPath, inQuery, inFragment, ...[inPath, inQuery, text].flatMap(withoutRest)];
}

/** What a URL's host becomes, and what follows it: in lower case, in Punycode. */
function hosts(text: string): string[] {
  const forms = [text.toLowerCase()];
  if (/^[^\s/?#@:\\]{1,255}$/u.test(text)) forms.push(domainToASCII(text));
  const url = URL.canParse(`http://${text}`) ? new URL(`http://${text}`) : undefined;
  if (url) {
    const address = (url.host + url.pathname).replace(/\/$/, "");
    // A host behind a user is no secret by itself.
    const isBehind = url.username !== "" || url.password !== "";
    forms.push(
      ...(isBehind ? [] : [url.host]),
      ...(isBehind && address === url.host ? [] : [address]),
    );
  }
  return forms.filter((form) => form !== "");
}

/** `changed` if it is one character like `char`: "ß" has no simple upper case. */
function single(changed: string, char: string): string {
  return changed.length === char.length ? changed : char;
}

export const urlEncoders: readonly Encoder[] = [
  ...Object.entries(KEPT).map(([name, marks]): Encoder => ({
    name: `URL: ${name}`,
    encode(text) {
      const encoded = encodeBytes(text, keeping(marks));
      const all = [encoded, withPlus(encoded)];
      return [...all, ...all.map(lowerHex)];
    },
  })),
  ...Object.entries(WHATWG).map(([name, marks]): Encoder => ({
    name: `URL: the WHATWG's ${name} percent-encode set`,
    encode(text) {
      const encoded = encodeBytes(text, but(marks));
      return [encoded, withPlus(encoded), lowerHex(encoded)];
    },
  })),
  {
    name: "URL: a form's value",
    encode(text) {
      const form = new URLSearchParams([["", text]]).toString().slice(1);
      return [form, lowerHex(form)];
    },
  },
  { name: "URL: as new URL writes it", encode: parsedUrls },
  { name: "a host's name: lower case, IDNA", encode: hosts },
  {
    name: "a path, normalised",
    encode(text) {
      const inside = posix.normalize(`/x/${text}`);
      const forms = [posix.normalize(text), inside.startsWith("/x/") ? inside.slice(3) : text];
      return [...forms, ...forms.map((form) => form.replace(/\/$/, ""))];
    },
  },
  {
    name: "upper and lower case, also of each character by itself (Go, C)",
    encode: (text) => [
      text.toUpperCase(),
      text.replace(/./gsu, (char) => single(char.toUpperCase(), char)),
      text.replace(/./gsu, (char) => single(char.toLowerCase(), char)),
    ],
  },
  {
    name: "URL: each byte percent-encoded",
    encode(text) {
      const all = encodeBytes(text, () => false);
      return [all, all.toLowerCase()];
    },
  },
];
