// How texts are counted and cut by code points; what is ASCII, most often all of it, goes fast.

import { spendOnText } from "./budget.ts";

const ASCII = /^[\0-\x7f]*$/;

export function isAscii(text: string): boolean {
  spendOnText(text.length);
  return ASCII.test(text);
}

/** Code points. */
export function textLength(text: string): number {
  if (isAscii(text)) return text.length;
  let pairs = 0;
  for (let i = 0; i + 1 < text.length; i++) {
    if (isPair(text, i)) {
      pairs++;
      i++;
    }
  }
  return text.length - pairs;
}

/** The text from one code point to another, both in range. */
export function sliceText(text: string, start: number, end: number): string {
  if (isAscii(text)) return text.slice(start, end);
  const from = offsetOf(text, { count: start, after: 0 });
  return text.slice(from, offsetOf(text, { count: end - start, after: from }));
}

/** Where so many code points after a place end. */
function offsetOf(text: string, { count, after }: { count: number; after: number }): number {
  let offset = after;
  for (; count > 0 && offset < text.length; count--) offset += isPair(text, offset) ? 2 : 1;
  return offset;
}

function isPair(text: string, i: number): boolean {
  const unit = text.charCodeAt(i);
  if (unit < 0xd800 || unit >= 0xdc00) return false;
  const next = text.charCodeAt(i + 1);
  return next >= 0xdc00 && next < 0xe000;
}
