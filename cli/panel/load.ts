// How a daemon gets its panel: out of the binary, or built from the sources when it is first asked for.

import { createHash } from "node:crypto";
import type { PanelBundle } from "../../server/panel/bundle.ts";
import { embeddedPanel } from "./embedded.ts";

let loading: Promise<PanelBundle> | undefined;

/** The same for all who ask; a build that failed is tried again. */
export function loadPanel(): Promise<PanelBundle> {
  loading ??= load().catch((error) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

async function load(): Promise<PanelBundle> {
  const parts = embeddedPanel() ?? await (await import("./from-sources.ts")).panelFromSources();
  const { files, renderer: { renderDocument, renderSignIn } } = parts;
  const at = (name: string) => `/static/${name}`;
  const script = at(parts.script);
  const preload = parts.preload.map(at);
  const { style } = parts;
  return {
    files,
    styleHash: createHash("sha256").update(style).digest("base64"),
    draw: (request) => renderDocument({ ...request, script, preload, style }),
    drawSignIn: (request) => renderSignIn({ ...request, script, preload, style }),
  };
}
