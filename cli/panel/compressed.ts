// How a file of the panel is compressed, as browsers ask for it.

import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

/** How hard Brotli tries: for a release, which is made once, and for the start of a checkout. */
const QUALITY = { smallest: 11, quick: 5 };

/** By the name of the encoding; `quick` is a tenth larger, for a fiftieth of the time. */
export async function compressed(
  body: Uint8Array,
  effort: keyof typeof QUALITY,
): Promise<Record<"br" | "gzip", Uint8Array<ArrayBuffer>>> {
  const params = { [constants.BROTLI_PARAM_QUALITY]: QUALITY[effort] };
  const [br, zipped] = await Promise.all([
    promisify(brotliCompress)(body, { params }),
    promisify(gzip)(body),
  ]);
  return { br: new Uint8Array(br), gzip: new Uint8Array(zipped) };
}
