// How many columns of a terminal a text takes.

const SEGMENTER = new Intl.Segmenter("en", { granularity: "grapheme" });

const WIDE =
  /^(?:\p{Emoji_Presentation}|.\ufe0f|[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6]|[\u{20000}-\u{3fffd}])/u;

// What would move the cursor, or turn the direction of reading, is no part of a picture.
const INVISIBLE = /^(?:\p{Cc}|\p{Cf}|\p{Zl}|\p{Zp})+$/u;

const PLAIN = /^[\x20-\x7e]*$/;

/** The characters that a reader sees, in their order; what is invisible is left out. */
export function glyphs(text: string): string[] {
  if (PLAIN.test(text)) return [...text];
  const found: string[] = [];
  for (const { segment } of SEGMENTER.segment(text.toWellFormed())) {
    if (segment === "\n" || segment === "\t" || segment === "\r\n") found.push(" ");
    else if (!INVISIBLE.test(segment)) found.push(segment);
  }
  return found;
}

/** Columns of one glyph: 1 or 2. */
export function columnsOf(glyph: string): number {
  return glyph.length > 1 || glyph > "\u10ff" ? (WIDE.test(glyph) ? 2 : 1) : 1;
}

export function widthOf(text: string): number {
  if (PLAIN.test(text)) return text.length;
  return glyphs(text).reduce((sum, glyph) => sum + columnsOf(glyph), 0);
}

/** The text in at most so many columns; `…` says that it was cut. */
export function fitted(text: string, most: number): string {
  if (widthOf(text) <= most) return text;
  let kept = "";
  let width = 0;
  for (const glyph of glyphs(text)) {
    width += columnsOf(glyph);
    if (width > most - 1) break;
    kept += glyph;
  }
  return kept + "…";
}
