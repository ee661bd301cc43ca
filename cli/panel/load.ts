// How a daemon from a checkout gets its panel: built when it is first asked for.

import { Buffer } from "node:buffer";
import { promisify } from "node:util";
import { brotliCompress, gzip } from "node:zlib";
import type { DrawRequest, PanelBundle, PanelFile } from "../../server/panel/bundle.ts";
import { buildPanel } from "./build.ts";

interface Renderer {
  renderDocument(
    request: DrawRequest & { script: string; style: string },
  ): Promise<{ status: number; html: string }>;
  renderSignIn(request: Pick<DrawRequest, "theme"> & { script: string; style: string }): string;
}

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
  const built = await buildPanel();
  const source = `data:text/javascript;base64,${Buffer.from(built.renderer).toString("base64")}`;
  const { renderDocument, renderSignIn } = await import(source) as Renderer;
  const files = new Map<string, PanelFile>();
  for (const { name, type, body } of built.files) {
    const [br, zipped] = await Promise.all([
      promisify(brotliCompress)(body),
      promisify(gzip)(body),
    ]);
    const encoded = { br: new Uint8Array(br), gzip: new Uint8Array(zipped) };
    files.set(name, { type, body, encoded });
  }
  const script = `/static/${built.script}`;
  const style = `/static/${built.style}`;
  return {
    files,
    draw: (request) => renderDocument({ ...request, script, style }),
    drawSignIn: (request) => renderSignIn({ ...request, script, style }),
  };
}
