// How a picture is drawn as SVG that may stand in a page or a file of its own.

import { graphOf } from "./dot.ts";
import { layOut } from "./graphviz.ts";
import type { Picture } from "./picture.ts";

/** What is drawn in where there is no Arimo has the same widths, or nearly. */
const FONTS = "Arimo, Arial, Helvetica, 'Liberation Sans', sans-serif";

/** Begins with `<svg`; each step is a group of the class of its status. */
export async function drawSvg(picture: Picture): Promise<string> {
  const svg = await layOut(graphOf(picture));
  return svg.slice(svg.indexOf("<svg"))
    .replace(/<!--.*?-->\n?/gs, "")
    .replace(/<title>[^<]*<\/title>\n?/g, "")
    .replaceAll('font-family="Arial"', `font-family="${FONTS}"`)
    .replaceAll(' xml:space="preserve"', "");
}
