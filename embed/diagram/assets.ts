// Where the files are that drawing needs besides code.

import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const FILES = {
  font: "@expo-google-fonts/arimo/400Regular/Arimo_400Regular.ttf",
  painter: "@resvg/resvg-wasm/index_bg.wasm",
} as const;

export type Asset = keyof typeof FILES;

let read: (asset: Asset) => Promise<Uint8Array> | Uint8Array = (asset) =>
  readFile(fileURLToPath(import.meta.resolve(FILES[asset])));

/** Where they are in a bundle: before the first picture, in the thread that draws. */
export function useAssets(bundled: typeof read): void {
  read = bundled;
}

export async function readAsset(asset: Asset): Promise<Uint8Array> {
  return await read(asset);
}
