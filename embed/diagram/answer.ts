// How a picture is drawn, in the thread that calls; nothing bounds its time.

import type { Json } from "../../core/json.ts";
import type { Work } from "../worker/messages.ts";
import { drawAscii } from "./ascii/ascii.ts";
import type { Picture } from "./picture.ts";
import { paint, scaleOf } from "./png.ts";
import { drawSvg } from "./svg.ts";

/** The formats that need a layout. */
export type Drawn = "ascii" | "svg" | "image";

/** `source` is the format, `data` the picture; the answer is the text, of an image the PNG as base64. */
export async function answerDiagram({ source, mode, data }: Work): Promise<Json> {
  if (mode === "check") return null;
  return await draw(source as Drawn, JSON.parse(data) as Picture);
}

export async function draw(format: Drawn, picture: Picture): Promise<string> {
  if (format === "ascii") return drawAscii(picture);
  const svg = await drawSvg(picture);
  if (format === "svg") return svg;
  const notes = [...picture.notes, ...lackingGlyphs(svg)];
  const { note } = scaleOf(svg);
  if (note !== undefined) notes.push(note);
  const noted = notes.length > picture.notes.length ? await drawSvg({ ...picture, notes }) : svg;
  return await paint(noted, scaleOf(noted));
}

/** What the font of an image has no glyphs for. */
const LACKING =
  /[\u0600-\u1dff\u2e80-\ud7ff\uf900-\uffef]|\p{Emoji_Presentation}|[\u{20000}-\u{3ffff}]/u;

function lackingGlyphs(svg: string): string[] {
  return LACKING.test(svg)
    ? ["□ stands for characters that the font of images lacks: format svg has them"]
    : [];
}
