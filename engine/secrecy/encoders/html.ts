// How HTML and XML carry a text: with entities, by name or by number.

// Control characters are what encoders are about.
// deno-lint-ignore-file no-control-regex

import { type Encoder, hexOf, replacing } from "./encoder.ts";

type Entities = Record<string, string>;

const BASE: Entities = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

/** What libraries make of the characters that mean something to HTML. */
const STYLES: Record<string, Entities> = {
  "text alone": BASE,
  "Python html.escape": { ...BASE, '"': "&quot;", "'": "&#x27;" },
  "quotes alone (XML attributes)": { ...BASE, '"': "&quot;" },
  "Go html.EscapeString": { ...BASE, '"': "&#34;", "'": "&#39;" },
  "PHP htmlspecialchars": { ...BASE, '"': "&quot;", "'": "&#039;" },
  "Ruby, Java, lodash, Jinja": { ...BASE, '"': "&quot;", "'": "&#39;" },
  "Jinja": { ...BASE, '"': "&#34;", "'": "&#39;" },
  "XML": { ...BASE, '"': "&quot;", "'": "&apos;" },
  "XML attributes over lines": {
    ...BASE,
    '"': "&quot;",
    "\n": "&#10;",
    "\r": "&#13;",
    "\t": "&#9;",
  },
  "XML attributes over lines, in hexadecimal": {
    ...BASE,
    '"': "&quot;",
    "\n": "&#xA;",
    "\r": "&#xD;",
    "\t": "&#x9;",
  },
  "OWASP": { ...BASE, '"': "&quot;", "'": "&#x27;", "/": "&#x2F;" },
  "mustache": { ...BASE, '"': "&quot;", "'": "&#39;", "/": "&#x2F;", "`": "&#x60;", "=": "&#x3D;" },
  ".NET HtmlEncoder": { ...BASE, '"': "&quot;", "'": "&#x27;", "+": "&#x2B;", "`": "&#x60;" },
  "numbers": { "&": "&#38;", "<": "&#60;", ">": "&#62;", '"': "&#34;", "'": "&#39;" },
  "hexadecimal": { "&": "&#x26;", "<": "&#x3C;", ">": "&#x3E;", '"': "&#x22;", "'": "&#x27;" },
  "lower hexadecimal": {
    "&": "&#x26;",
    "<": "&#x3c;",
    ">": "&#x3e;",
    '"': "&#x22;",
    "'": "&#x27;",
  },
};

/** The entities of HTML 4 for U+00A0 to U+00FF, in order. */
const LATIN =
  ("nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn " +
    "sup2 sup3 acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave " +
    "Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml " +
    "ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN " +
    "szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave " +
    "iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute " +
    "ucirc uuml yacute thorn yuml").split(" ");

/** And the commonest beyond. */
const MORE: Entities = {
  "€": "&euro;",
  "–": "&ndash;",
  "—": "&mdash;",
  "‘": "&lsquo;",
  "’": "&rsquo;",
  "“": "&ldquo;",
  "”": "&rdquo;",
  "…": "&hellip;",
  "•": "&bull;",
  "™": "&trade;",
  "Œ": "&OElig;",
  "œ": "&oelig;",
  "Š": "&Scaron;",
  "š": "&scaron;",
};

const BEYOND = /[^\x00-\x7f]/gu;
type Write = (code: number, char: string) => string;
const decimal: Write = (code) => `&#${code};`;

/** How what is not ASCII is written. */
const BEYOND_ASCII: readonly Write[] = [
  (_, char) => char,
  decimal,
  (code) => `&#x${hexOf(code, 1).toUpperCase()};`,
  (code) => `&#x${hexOf(code, 1)};`,
  (code, char) => LATIN[code - 0xa0] ? `&${LATIN[code - 0xa0]};` : MORE[char] ?? char,
  (code, char) =>
    LATIN[code - 0xa0] ? `&${LATIN[code - 0xa0]};` : MORE[char] ?? decimal(code, char),
  // .NET's WebUtility: only these.
  (code, char) => code >= 0xa0 && code <= 0xff ? decimal(code, char) : char,
];

export const htmlEncoders: readonly Encoder[] = [
  ...Object.entries(STYLES).map(([name, entities]): Encoder => ({
    name: `HTML entities: ${name}`,
    encode(text) {
      const marks = Array.from(text, (char) => entities[char] ?? char).join("");
      return BEYOND_ASCII.map((write) => replacing(marks, BEYOND, write));
    },
  })),
  {
    name: "HTML entities: each character by its number",
    encode(text) {
      return [
        replacing(text, /./gsu, decimal),
        replacing(text, /./gsu, (code) => `&#x${hexOf(code, 1).toUpperCase()};`),
        replacing(text, /./gsu, (code) => `&#x${hexOf(code, 1)};`),
      ];
    },
  },
];
