// How a stream of bytes is cut into lines, none of which is held beyond a bound.

const NEWLINE = 10;

/** What takes the place of a line that is longer than allowed; its bytes were not kept. */
export const TOO_LONG = Symbol("a line that is too long");

/**
 * The lines without their ends, as they complete; what follows the last end is a line too.
 * `maxBytes` bounds what is held of one line.
 */
export async function* readLines(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncIterable<Uint8Array | typeof TOO_LONG> {
  let pieces: Uint8Array[] = [];
  let size = 0;
  const take = () => {
    const line = size > maxBytes ? TOO_LONG : Buffer.concat(pieces, size);
    [pieces, size] = [[], 0];
    return line;
  };
  for await (const chunk of chunks) {
    let from = 0;
    for (;;) {
      const end = chunk.indexOf(NEWLINE, from);
      const piece = chunk.subarray(from, end === -1 ? undefined : end);
      size += piece.length;
      if (size <= maxBytes) pieces.push(piece);
      else pieces = [];
      if (end === -1) break;
      yield take();
      from = end + 1;
    }
  }
  if (size > 0) yield take();
}
