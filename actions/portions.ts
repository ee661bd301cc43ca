// How a long text is passed on bit by bit, so that whoever takes it need not copy it whole.

/** Characters passed on at once. */
export const PORTION = 64 * 1024;

/** The portion that begins at `from`; no character is cut in two. */
export function portionOf(text: string, from: number): string {
  const end = from + PORTION;
  const isPair = /[\ud800-\udbff]/.test(text.charAt(end - 1));
  return text.slice(from, isPair ? end - 1 : end);
}
