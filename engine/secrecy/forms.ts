// In which forms a secret may turn up in what steps answer: plain, or encoded in one of the usual ways.

/** Bytes of UTF-8 below which a value is too common to be looked for. */
export const LEAST_BYTES = 4;

/**
 * Sources of regular expressions that together find the value: as it is, escaped for JSON (once and
 * twice, with or without what is not ASCII), URL-encoded, in hexadecimal, and in base64 and base64url
 * at each of the three positions that it can have inside a longer text. Empty for a value of fewer
 * than 4 bytes.
 */
export function formsOf(secret: string): string[] {
  const sources = new Set<string>();
  // What a shell prints is often trimmed.
  for (const value of [secret, secret.trim()]) {
    const bytes = Buffer.from(value);
    if (bytes.length < LEAST_BYTES) continue;
    for (const text of textForms(value.toWellFormed())) sources.add(escape(text));
    for (const encoding of ["base64", "base64url"] as const) {
      for (const source of base64Forms(bytes, encoding)) sources.add(source);
    }
    const hex = bytes.toString("hex");
    sources.add(hex).add(hex.toUpperCase());
  }
  return [...sources];
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
 * spellings. The digits at its ends that also hold bits of its neighbours are taken along.
 */
function base64Forms(bytes: Buffer, encoding: "base64" | "base64url"): string[] {
  const digit = encoding === "base64" ? "[A-Za-z0-9+/]" : "[A-Za-z0-9_-]";
  return [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString(encoding);
    const from = Math.ceil(before * 8 / 6);
    const to = Math.floor((before + bytes.length) * 8 / 6);
    const ends = (before + bytes.length) % 3 === 0 ? "" : `${digit}?={0,2}`;
    return `${before === 0 ? "" : `${digit}?`}${escape(text.slice(from, to))}${ends}`;
  });
}

/** A text as the source of the expression that finds it. */
function escape(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}
