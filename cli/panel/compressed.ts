// How a file of the panel is compressed, as browsers ask for it.

import { promisify } from "node:util";
import { brotliCompress, gzip } from "node:zlib";

/** By the name of the encoding. */
export async function compressed(
  body: Uint8Array,
): Promise<Record<"br" | "gzip", Uint8Array<ArrayBuffer>>> {
  const [br, zipped] = await Promise.all([
    promisify(brotliCompress)(body),
    promisify(gzip)(body),
  ]);
  return { br: new Uint8Array(br), gzip: new Uint8Array(zipped) };
}
