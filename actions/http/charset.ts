// How the bytes of a body become text: by the charset that the response declares, or as UTF-8.

import { isText, wholeCharacters } from "../bytes.ts";

/** What may have a byte order mark of UTF-16: other types begin with any bytes. */
const TEXTUAL = /^\s*(?:text\/|application\/(?:json|xml|javascript)|[^;]*\+(?:json|xml))/i;

/** Types whose bytes are no characters, whatever charset a server adds to all it sends. */
const BINARY =
  /^\s*(?:image\/(?!svg)|audio\/|video\/|font\/|application\/(?:octet-stream|pdf|zip|gzip))/i;

/**
 * The text of a body, or undefined for what is none: it is not UTF-8, and not in the charset that
 * its content type declares either. `cut`: whether the bytes may end in the middle of a character.
 */
export function textOf(bytes: Buffer, contentType: string, cut: boolean): string | undefined {
  const decoder = decoderFor(bytes, contentType);
  if (decoder) {
    try {
      const text = decoder.decode(bytes, { stream: cut });
      if (!text.includes("\0")) return text;
    } catch {
      // A declaration that does not hold: what follows tells what it is.
    }
  }
  const whole = cut ? wholeCharacters(bytes) : bytes;
  return isText(whole) ? whole.toString("utf8") : undefined;
}

/** Undefined for UTF-8, and for a charset that nobody knows. */
function decoderFor(bytes: Buffer, contentType: string): TextDecoder | undefined {
  const label = markOf(bytes, contentType) ??
    /;\s*charset\s*=\s*(?:"([^"]*)"|([^\s;]+))/i.exec(contentType)?.slice(1).find(Boolean);
  if (label === undefined || BINARY.test(contentType)) return undefined;
  try {
    const decoder = new TextDecoder(label, { fatal: true });
    return decoder.encoding === "utf-8" ? undefined : decoder;
  } catch {
    return undefined;
  }
}

/** A byte order mark counts before what is declared, as the encoding standard has it. */
function markOf(bytes: Buffer, contentType: string): string | undefined {
  if (!TEXTUAL.test(contentType)) return undefined;
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return "utf-16be";
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? "utf-8" : undefined;
}
