// How a choice among words reads: `a, b or c`.

/** The words, of which there are two at least. */
export function either(words: readonly string[]): string {
  return `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}
