// Where run ids come from: UUIDv7, sortable by creation even within one millisecond.

/** Random bytes; the simulator brings its own. */
export interface Random {
  bytes(length: number): Uint8Array;
}

/** Random bytes are drawn from the system in blocks: a call for eight costs as much as for 4,096. */
const BLOCK = 4_096;
let block = new Uint8Array(0);
let used = 0;

export const systemRandom: Random = {
  bytes(length) {
    if (used + length > block.length) {
      block = crypto.getRandomValues(new Uint8Array(Math.max(BLOCK, length)));
      used = 0;
    }
    return block.slice(used, used += length);
  },
};

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Makes UUIDv7 ids (RFC 9562 §5.7, method 1: a 12-bit counter after the milliseconds). */
export function createIds(now: () => number, random: Random): () => string {
  let last = 0;
  let counter = 0;
  return () => {
    const time = now();
    if (time > last) {
      last = time;
      counter = random.bytes(1)[0]!;
    } else if (++counter > 0xfff) {
      last += 1;
      counter = 0;
    }
    const tail = random.bytes(8);
    tail[0] = (tail[0]! & 0x3f) | 0x80;
    const t = last.toString(16).padStart(12, "0");
    const c = counter.toString(16).padStart(3, "0");
    let r = "";
    for (const byte of tail) r += HEX[byte];
    return `${t.slice(0, 8)}-${t.slice(8)}-7${c}-${r.slice(0, 4)}-${r.slice(4)}`;
  };
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** Whether the text is a UUID in its canonical lower-case form. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}
