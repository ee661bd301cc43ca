// How bytes of unknown origin become text.

import { isUtf8 } from "node:buffer";

/** Whether the bytes are text: valid UTF-8. */
export function isText(bytes: Uint8Array): boolean {
  return isUtf8(bytes);
}

/** The bytes without a last character that was cut in the middle. */
export function wholeCharacters<Bytes extends Uint8Array>(bytes: Bytes): Bytes {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!;
    if (byte < 0x80) break;
    if (byte < 0xc0) continue;
    const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return needed > back ? bytes.subarray(0, bytes.length - back) as Bytes : bytes;
  }
  return bytes;
}
