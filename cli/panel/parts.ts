// What a panel is made of, wherever it comes from.

import type { DrawRequest, PanelFile } from "../../server/panel/bundle.ts";

/** What `panel/render.tsx` exports. */
export interface Renderer {
  renderDocument(
    request: DrawRequest & { script: string; style: string },
  ): Promise<{ status: number; html: string }>;
  renderSignIn(request: Pick<DrawRequest, "theme"> & { script: string; style: string }): string;
}

/** What a panel is made of. */
export interface PanelParts {
  files: ReadonlyMap<string, PanelFile>;
  /** Names of files. */
  script: string;
  style: string;
  renderer: Renderer;
}
