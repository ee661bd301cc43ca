// In which forms a secret may turn up in what steps answer: plain, or encoded in one of the usual ways.

import type { Encoder } from "./encoders/encoder.ts";
import { hexEncoders, radixDigits } from "./encoders/bytes.ts";
import { htmlEncoders } from "./encoders/html.ts";
import { commonJson, jsonEncoders, plainJson } from "./encoders/json.ts";
import { literalEncoders } from "./encoders/literals.ts";
import { quoteEncoders } from "./encoders/quotes.ts";
import { urlEncoders } from "./encoders/url.ts";

/** A text that gives a secret away. */
export interface Form {
  text: string;
  /** The digit before it, and the one after it, hold bits of the secret too. */
  takesBefore?: boolean;
  takesAfter?: boolean;
  /** It is also looked for broken into lines, with whatever indentation. */
  wraps?: boolean;
}

/** All ways to write a text that are looked for; each also inside a text of JSON. */
export const ENCODERS: readonly Encoder[] = [
  ...jsonEncoders,
  ...urlEncoders,
  ...quoteEncoders,
  ...htmlEncoders,
  ...literalEncoders,
  ...hexEncoders,
];

/** Those whose work shows also where there is nothing but letters, digits and `_`. */
const OF_WORDS = ENCODERS.filter(({ encode }) => encode("aZ_9").some((form) => form !== "aZ_9"));
/** UTF-16 units up to which a text is looked for in every form, and beyond which in the common ones. */
const LONG = 256;
const COMMON: readonly Encoder[] = [...jsonEncoders, ...urlEncoders, ...hexEncoders.slice(0, 1)];
/** Digits of a form that is also looked for over lines: fewer are found by chance. */
const LEAST_WRAPPED = 12;

/** The forms that are never left out: the texts as they are. */
export function* plainForms(texts: Iterable<string>): Generator<Form> {
  for (const text of texts) yield { text, wraps: text.includes("\n") };
}

/** All others, those first which are met most. */
export function* encodedForms(texts: Iterable<string>): Generator<Form> {
  const all = [...texts];
  for (const text of all) {
    for (const form of commonJson.encode(text)) yield { text: form, wraps: form.includes("\n") };
  }
  for (const text of all) yield* digitForms(text);
  for (const text of all) for (const form of markForms(text)) yield { text: form };
}

function* digitForms(text: string): Generator<Form> {
  const json = plainJson(text);
  for (const value of json === text ? [text] : [text, json]) {
    for (const digits of radixDigits(value)) {
      yield { ...digits, wraps: digits.text.length >= LEAST_WRAPPED };
    }
    for (const { encode } of hexEncoders) {
      for (const form of encode(value)) {
        yield { text: form, wraps: form.length >= LEAST_WRAPPED };
      }
      if (value.length > LONG) break;
    }
  }
}

/** One encoder's at a time: those of a large text take a while. */
function* markForms(text: string): Generator<string> {
  if (text.length > LONG) {
    for (const { encode } of COMMON) yield* encode(text);
    return;
  }
  const forms = new Set<string>();
  for (const { encode } of /^\w*$/.test(text) ? OF_WORDS : ENCODERS) {
    for (const form of encode(text)) forms.add(form);
  }
  const json = plainJson(text);
  if (json !== text) {
    for (const { encode } of [...urlEncoders, ...htmlEncoders, ...quoteEncoders]) {
      for (const form of encode(json)) forms.add(form);
    }
  }
  for (const form of forms) yield form;
  for (const form of forms) yield* commonJson.encode(form);
}
