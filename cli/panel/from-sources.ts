// How a checkout makes its panel.

import { Buffer } from "node:buffer";
import { buildPanel } from "./build.ts";
import { compressed } from "./compressed.ts";
import type { PanelParts, Renderer } from "./parts.ts";

export async function panelFromSources(): Promise<PanelParts> {
  const { files, renderer, script, preload, style } = await buildPanel();
  const source = `data:text/javascript;base64,${Buffer.from(renderer).toString("base64")}`;
  const all = files.map(async ({ name, type, body }) =>
    [name, { type, body, encoded: await compressed(body, "quick") }] as const
  );
  return {
    files: new Map(await Promise.all(all)),
    script,
    preload,
    style,
    renderer: await import(source) as Renderer,
  };
}
