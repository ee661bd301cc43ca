// How an SVG becomes a PNG of bounded size.

import { OpcodeError } from "../../core/errors.ts";
import { readAsset } from "./assets.ts";

/** Pixels of an image, and along one side. */
const MOST_PIXELS = 8_000_000;
const MOST_SIDE = 8_000;
/** Pixels of the image for one of the SVG: sharp on a dense screen, and the least that can be read. */
const ZOOM = 1.5;
const LEAST_ZOOM = 0.5;
/** Pixels of CSS in a point. */
const PIXELS_PER_POINT = 4 / 3;

export interface Scale {
  zoom: number;
  /** What is to be said of it below the picture. */
  note?: string;
}

/** How large an SVG can be drawn; VALIDATION_ERROR when that cannot be read any more. */
export function scaleOf(svg: string): Scale {
  const [, width, height] = /<svg width="([\d.]+)pt" height="([\d.]+)pt"/.exec(svg)!;
  const [across, down] = [width, height].map((side) => Number(side) * PIXELS_PER_POINT) as [
    number,
    number,
  ];
  const room = Math.min(
    Math.sqrt(MOST_PIXELS / (across * down)),
    MOST_SIDE / across,
    MOST_SIDE / down,
  );
  if (room >= ZOOM) return { zoom: ZOOM };
  if (room < LEAST_ZOOM) {
    throw new OpcodeError(
      "VALIDATION_ERROR",
      `the image would have ${Math.round(across)} × ${Math.round(down)} pixels, and no image has ` +
        `more than ${MOST_PIXELS / 1e6} million, or ${MOST_SIDE} along one side: format mermaid ` +
        "has no such limit",
      { details: { path: "format", rule: "size", limit: MOST_PIXELS } },
    );
  }
  const zoom = Math.floor(room * 100) / 100;
  if (zoom >= 1) return { zoom };
  const percent = Math.round(zoom * 100);
  return {
    zoom,
    note: `drawn at ${percent} %: an image has at most ${MOST_PIXELS / 1e6} million pixels`,
  };
}

type Resvg = typeof import("@resvg/resvg-wasm");

let loading: Promise<{ resvg: Resvg; font: Uint8Array }> | undefined;

/** Loads what turns SVG into pixels, and the font. */
export function loadPainter(): Promise<{ resvg: Resvg; font: Uint8Array }> {
  loading ??= (async () => {
    const resvg = await import("@resvg/resvg-wasm");
    await resvg.initWasm(await readAsset("painter"));
    return { resvg, font: await readAsset("font") };
  })();
  return loading;
}

/** The PNG as base64. */
export async function paint(svg: string, { zoom }: Scale): Promise<string> {
  const { resvg, font } = await loadPainter();
  const painter = new resvg.Resvg(svg, {
    font: { fontBuffers: [font], defaultFontFamily: "Arimo", sansSerifFamily: "Arimo" },
    fitTo: { mode: "zoom", value: zoom },
  });
  try {
    const image = painter.render();
    try {
      return Buffer.from(image.asPng()).toString("base64");
    } finally {
      image.free();
    }
  } finally {
    painter.free();
  }
}
