// What the binary of a target carries besides its program, by the names under which that asks for it.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { constants, zstdCompressSync } from "node:zlib";
import { buildPanel } from "../../cli/panel/build.ts";
import { compressed } from "../../cli/panel/compressed.ts";
import type { PanelIndex } from "../../cli/panel/embedded.ts";
import { ASSETS } from "../../embed/diagram/assets.ts";
import type { ProgramName } from "./programs.ts";

export type Carried = Map<string, Uint8Array>;

/** What all targets carry: the programs, the panel, fonts and the like. */
export async function carriedByAll(
  root: string,
  programs: Record<ProgramName, string>,
): Promise<Carried> {
  const carried: Carried = new Map();
  const { binary: _, ...rest } = programs;
  for (const [name, text] of Object.entries(rest)) carried.set(`${name}.js`, ascii(text));
  for (const [name, path] of Object.entries(ASSETS)) {
    carried.set(...compressedAsset(name, readFileSync(join(root, "node_modules", path))));
  }
  const { files, script, preload, style, renderer } = await buildPanel("cjs");
  carried.set("panel.js", ascii(renderer));
  for (const { name, body } of files) {
    carried.set(`panel/${name}`, body);
    for (const [coding, bytes] of Object.entries(await compressed(body, "smallest"))) {
      carried.set(`panel/${name}.${coding}`, bytes);
    }
  }
  const index: PanelIndex = {
    files: files.map(({ name, type }) => ({ name, type })),
    script,
    preload,
    style,
  };
  carried.set("panel.json", Buffer.from(JSON.stringify(index)));
  return carried;
}

/** The native part of the database under its name, by which engine/store/libsql/addon.ts knows it. */
export function addonAsset(file: string): [name: string, bytes: Uint8Array] {
  const bytes = readFileSync(file);
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 16);
  return compressedAsset(`libsql-${hash}-${bytes.length}.node`, bytes);
}

/** What `unpacked` of core/embedded.ts finds under the name. */
function compressedAsset(name: string, bytes: Uint8Array): [name: string, bytes: Uint8Array] {
  const params = { [constants.ZSTD_c_compressionLevel]: 19 };
  return [`${name}.zst`, zstdCompressSync(bytes, { params })];
}

/**
 * As core/embedded.ts reads it: a byte for each character, which is half of what V8 keeps of a text
 * with others. esbuild leaves these in regular expressions only, where they can be escaped, too.
 */
function ascii(text: string): Uint8Array {
  const escaped = text.replaceAll(
    /[^\0-\x7f]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return Buffer.from(escaped, "latin1");
}
