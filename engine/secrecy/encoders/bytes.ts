// How bytes are written in digits: hexadecimal, base64, base32, decimal.

import type { Encoder } from "./encoder.ts";

/** A spelling of bytes that stand anywhere in longer ones. */
export interface Digits {
  text: string;
  /** The digit before it, and the one after it, hold bits of the bytes too. */
  takesBefore: boolean;
  takesAfter: boolean;
}

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

function base32(bytes: Buffer): string {
  let digits = "";
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = (held << 8 | byte) & 0xfff;
    for (bits += 8; bits >= 5; bits -= 5) digits += BASE32[held >> (bits - 5) & 31];
  }
  return bits > 0 ? digits + BASE32[held << (5 - bits) & 31] : digits;
}

/**
 * Depending on how many bytes stand before them, bytes have one of several spellings (three in
 * base64, five in base32; RFC 4648), whose first and last digits they may share with their
 * neighbours.
 */
function placed(bytes: Buffer, bitsOfDigit: 5 | 6, write: (bytes: Buffer) => string): Digits[] {
  return Array.from({ length: bitsOfDigit === 6 ? 3 : 5 }, (_, before) => {
    const text = write(Buffer.concat([Buffer.alloc(before), bytes]));
    const bits = 8 * (before + bytes.length);
    return {
      text: text.slice(Math.ceil(8 * before / bitsOfDigit), Math.floor(bits / bitsOfDigit)),
      takesBefore: 8 * before % bitsOfDigit > 0,
      takesAfter: bits % bitsOfDigit > 0,
    };
  });
}

/** Base64 and base64url of the text in UTF-8 and, as PowerShell takes it, in UTF-16; base32. */
export function radixDigits(text: string): Digits[] {
  const utf8 = Buffer.from(text);
  const wide = Buffer.from(text, "utf16le");
  return [
    ...placed(utf8, 6, (bytes) => bytes.toString("base64")),
    ...placed(utf8, 6, (bytes) => bytes.toString("base64url")),
    ...placed(wide, 6, (bytes) => bytes.toString("base64")),
    ...placed(utf8, 5, base32),
    ...placed(utf8, 5, (bytes) => base32(bytes).toLowerCase()),
  ];
}

/** Spellings that may be broken into lines. */
export const hexEncoders: readonly Encoder[] = [
  {
    name: "hexadecimal (xxd -p, hex dumps without text)",
    encode(text) {
      const hex = Buffer.from(text).toString("hex");
      return [hex, hex.toUpperCase()];
    },
  },
  {
    name: "hexadecimal in pairs (od -tx1, openssl, BitConverter)",
    encode(text) {
      const pairs = Buffer.from(text).toString("hex").match(/../g) ?? [];
      return [" ", ":", "-"].map((between) => pairs.join(between))
        .flatMap((form) => [form, form.toUpperCase()]);
    },
  },
  {
    name: "hexadecimal with a prefix (C arrays, \\x escapes)",
    encode(text) {
      const pairs = Buffer.from(text).toString("hex").match(/../g) ?? [];
      const array = pairs.map((pair) => `0x${pair}`).join(", ");
      return [array, pairs.map((pair) => `\\x${pair}`).join("")];
    },
  },
  {
    name: "hexadecimal of UTF-16",
    encode: (text) => [Buffer.from(text, "utf16le").toString("hex")],
  },
  {
    name: "bytes in decimal",
    encode(text) {
      const bytes = Array.from(Buffer.from(text));
      return [bytes.join(","), bytes.join(", "), bytes.join(" ")];
    },
  },
];
