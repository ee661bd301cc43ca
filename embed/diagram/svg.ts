// How a picture is drawn as SVG that may stand in a page or a file of its own.

import { graphOf } from "./dot.ts";
import { layOut } from "./graphviz.ts";
import { allNodes, type Picture } from "./picture.ts";

/** What is drawn in where there is no Arimo has the same widths, or nearly. */
const FONTS = "Arimo, Arial, Helvetica, 'Liberation Sans', sans-serif";

/** Begins with `<svg`; each step is a group of the class of its status, with its full id as `data-step`. */
export async function drawSvg(picture: Picture): Promise<string> {
  const svg = await layOut(graphOf(picture));
  const steps = new Map([...allNodes(picture.nodes)].map(({ key, step }) => [String(key), step]));
  return svg.slice(svg.indexOf("<svg"))
    .replace(/<g id="n(\d+)"/g, (group, key) => {
      const step = steps.get(key);
      return step === undefined ? group : `${group} data-step="${attribute(step)}"`;
    })
    .replace(/<!--.*?-->\n?/gs, "")
    .replace(/<title>[^<]*<\/title>\n?/g, "")
    .replaceAll('font-family="Arial"', `font-family="${FONTS}"`)
    .replaceAll(' xml:space="preserve"', "");
}

function attribute(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
