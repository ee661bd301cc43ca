// How much each of many gets of a room that is too small for all of them.

/**
 * The room that each of these gets when what the small ones leave over goes to the large ones:
 * with it as the limit of each, all of them together fit.
 */
export function fairShare(sizes: readonly number[], room: number): number {
  let left = room;
  let count = sizes.length;
  for (const size of sizes.toSorted((a, b) => a - b)) {
    if (size * count > left) return Math.floor(left / count);
    left -= size;
    count--;
  }
  return Infinity;
}
