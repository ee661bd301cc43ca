// In which forms a secret may turn up in what steps answer: plain, or encoded in one of the usual ways.

/** Bytes of UTF-8 below which a value is too common to be looked for. */
export const LEAST_BYTES = 4;

/** A text that gives a secret away. */
export interface Form {
  text: string;
  /** The digit of base64 before it, and the one after it, hold bits of the secret too. */
  takesBefore?: boolean;
  takesAfter?: boolean;
}

/**
 * The forms of a secret: as it is, escaped for JSON (once and twice, with or without what is not
 * ASCII), URL-encoded, in hexadecimal, and in base64 and base64url at each of the three positions
 * that it can have inside a longer text. None for a value of fewer than 4 bytes.
 */
export function formsOf(secret: string): Form[] {
  // What a shell prints is often trimmed.
  return [secret, secret.trim()].flatMap((value) => {
    const bytes = Buffer.from(value);
    if (bytes.length < LEAST_BYTES) return [];
    const hex = bytes.toString("hex");
    return [
      ...[...textForms(value.toWellFormed()), hex, hex.toUpperCase()].map((text) => ({ text })),
      ...base64Forms(bytes, "base64"),
      ...base64Forms(bytes, "base64url"),
    ];
  });
}

function textForms(value: string): string[] {
  const once = jsonForms(value);
  return [value, ...once, ...once.flatMap(jsonForms), ...urlForms(value)];
}

function jsonForms(value: string): string[] {
  const escaped = JSON.stringify(value).slice(1, -1);
  const ascii = escaped.replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  const html = ascii.replace(
    /[<>&]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return [escaped, ascii, html, escaped.replaceAll("/", "\\/"), ascii.replaceAll("/", "\\/")];
}

function urlForms(value: string): string[] {
  const component = encodeURIComponent(value);
  const strict = component.replace(/[!'()*]/g, percent);
  const whole = encodeURI(value);
  const form = new URLSearchParams([["", value]]).toString().slice(1);
  const forms = [component, strict, whole, form, strict.replaceAll("%20", "+")];
  return [...forms, ...forms.map(lowerHex)];
}

function percent(unit: string): string {
  return `%${unit.charCodeAt(0).toString(16).toUpperCase()}`;
}

function lowerHex(text: string): string {
  return text.replace(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase());
}

/**
 * Three bytes are four digits: depending on how many bytes stand before it, a value has one of three
 * spellings, whose first and last digits it may share with its neighbours.
 */
function base64Forms(bytes: Buffer, encoding: "base64" | "base64url"): Form[] {
  return [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString(encoding);
    const bits = 8 * (before + bytes.length);
    return {
      text: text.slice(Math.ceil(8 * before / 6), Math.floor(bits / 6)),
      takesBefore: before > 0,
      takesAfter: bits % 6 > 0,
    };
  });
}
