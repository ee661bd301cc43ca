// How a body is taken out of the content codings that its response names.

import { type Duplex, pipeline } from "node:stream";
import {
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  createZstdDecompress,
} from "node:zlib";

/** What an http action asks for, unless the author does. */
export const ACCEPTED_ENCODINGS = "gzip, deflate, br, zstd";

const CODINGS: ReadonlySet<string> = new Set(["gzip", "x-gzip", "deflate", "br", "zstd"]);

/** Codings one over the other; servers use one, seldom two. Each keeps a window in memory. */
const MOST_CODINGS = 4;

/** The most memory that a zstd stream may ask for: what RFC 9659 lets a server use. */
const ZSTD_WINDOW_LOG = 23;

/** A body that cannot be decoded. */
export class CodingError extends Error {
  readonly code: string | undefined;
  /** The coding that it is not in, or all that it is in. */
  readonly encoding: string;
  constructor(message: string, { encoding, code }: { encoding: string; code?: string }) {
    super(message);
    this.encoding = encoding;
    this.code = code;
  }
}

/**
 * The codings of a Content-Encoding header in the order in which they were applied; none when one
 * of them is not known, for what is below it cannot be reached. Throws CodingError for too many.
 */
export function codingsOf(header: string | readonly string[] | undefined): string[] {
  const names = [header ?? []].flat().join(",").split(",").map((name) => name.trim().toLowerCase())
    .filter((name) => name !== "" && name !== "identity");
  if (!names.every((name) => CODINGS.has(name))) return [];
  if (names.length > MOST_CODINGS) {
    throw new CodingError(
      `the body has ${names.length} content codings, one over the other; at most ${MOST_CODINGS} ` +
        "are taken",
      { encoding: names.slice(0, 10).join(", ") },
    );
  }
  return names;
}

/**
 * The body as it was before the codings; an empty one stays empty whatever the header says. What is
 * not in the coding that it should be in is a CodingError.
 */
export function decoded(
  body: AsyncIterable<Buffer>,
  codings: readonly string[],
): AsyncIterable<Buffer> {
  return codings.reduceRight(
    (chunks: AsyncIterable<Buffer>, coding) => without(coding, chunks, codings),
    body,
  );
}

async function* without(
  coding: string,
  body: AsyncIterable<Buffer>,
  codings: readonly string[],
): AsyncGenerator<Buffer> {
  const chunks = body[Symbol.asyncIterator]();
  const first = await chunks.next();
  if (first.done) return;
  const decoder = createDecoder(coding, first.value);
  let fault: unknown;
  async function* compressed() {
    try {
      yield first.value;
      yield* { [Symbol.asyncIterator]: () => chunks };
    } catch (thrown) {
      fault = thrown;
      throw thrown;
    }
  }
  // Errors of the body reach the reader through the decoder, which is destroyed with them.
  pipeline(compressed, decoder, () => {});
  try {
    yield* decoder;
  } catch (thrown) {
    // What comes from below, the connection or an outer coding, is told as it is.
    throw fault ?? undecodable(coding, codings, thrown);
  }
}

function undecodable(coding: string, codings: readonly string[], thrown: unknown): CodingError {
  const { message, code } = thrown as NodeJS.ErrnoException;
  return new CodingError(
    `the body is no whole ${coding}, as its Content-Encoding (${codings.join(", ")}) has it: ` +
      message,
    { encoding: coding, ...(typeof code === "string" && { code }) },
  );
}

function createDecoder(coding: string, first: Buffer): Duplex {
  if (coding === "br") return createBrotliDecompress();
  if (coding === "zstd") {
    return createZstdDecompress({
      params: { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG },
    });
  }
  if (coding !== "deflate") return createGunzip();
  // Some servers send the bare stream under this name, without the header of zlib.
  return (first[0]! & 0x0f) === 8 ? createInflate() : createInflateRaw();
}
