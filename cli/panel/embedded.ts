// The panel that the binary carries.

import { embedded, embeddedText, IS_BINARY } from "../../core/embedded.ts";
import { parseJson } from "../../core/exact-json.ts";
import { runEmbedded } from "../../core/run-embedded.ts";
import type { PanelFile } from "../../server/panel/bundle.ts";
import type { Assets, PanelParts, Renderer } from "./parts.ts";

/** What the build has written down of the panel, under the name `panel.json`. */
export interface PanelIndex extends Assets {
  files: { name: string; type: string }[];
}

/** Undefined where the sources run. */
export function embeddedPanel(): PanelParts | undefined {
  if (!IS_BINARY) return undefined;
  const index = parseJson(embeddedText("panel.json")) as unknown as PanelIndex;
  const files = index.files.map(({ name, type }): [string, PanelFile] => {
    // Copies: who answers with bytes may hand them over, and these stay the binary's.
    const [body, br, gzip] = ["", ".br", ".gzip"].map((coding) =>
      embedded(`panel/${name}${coding}`)!.slice()
    ) as [PanelFile["body"], PanelFile["body"], PanelFile["body"]];
    return [name, { type, body, encoded: { br, gzip } }];
  });
  return { ...index, files: new Map(files), renderer: runEmbedded("panel") as Renderer };
}
