// Where the files are that drawing needs besides code.

import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { unpacked } from "../../core/embedded.ts";

/** Files of packages, by the names under which the binary carries them. */
export const ASSETS = {
  font: "@expo-google-fonts/arimo/400Regular/Arimo_400Regular.ttf",
  painter: "@resvg/resvg-wasm/index_bg.wasm",
} as const;

export type Asset = keyof typeof ASSETS;

export async function readAsset(asset: Asset): Promise<Uint8Array> {
  return unpacked(asset) ?? await readFile(fileURLToPath(import.meta.resolve(ASSETS[asset])));
}
