// What a panel is made of, wherever it comes from.

import type { DrawRequest, PanelFile } from "../../server/panel/bundle.ts";

/** What a document asks for, by the names of files, and its style. */
export interface Assets {
  script: string;
  /** The scripts that it begins with. */
  preload: readonly string[];
  /** The text of it. */
  style: string;
}

/** What `panel/render.tsx` exports. */
export interface Renderer {
  renderDocument(
    request: DrawRequest & Assets,
  ): Promise<{ status: number; html: string }>;
  renderSignIn(request: Pick<DrawRequest, "theme"> & Assets): string;
}

/** What a panel is made of. */
export interface PanelParts extends Assets {
  files: ReadonlyMap<string, PanelFile>;
  renderer: Renderer;
}
