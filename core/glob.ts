// Which names a list of globs means.

export interface Globs {
  /** The first glob of the list that means this name. */
  match(name: string): string | undefined;
}

/** Globs are names in which each `*` stands for any characters, none included: `fs.*`, `*`. */
export function globs(list: readonly string[]): Globs {
  const patterns = list.map((glob) => ({ glob, pieces: glob.split("*") }));
  return {
    match: (name) => patterns.find(({ pieces }) => matches(name, pieces))?.glob,
  };
}

/** Whether this is a glob: any text but an empty one. */
export function isGlob(text: string): boolean {
  return text !== "";
}

/** The pieces between the stars in order, the first at the beginning and the last at the end. */
function matches(name: string, pieces: readonly string[]): boolean {
  const first = pieces[0]!;
  const last = pieces.at(-1)!;
  if (pieces.length === 1) return name === first;
  if (!name.startsWith(first) || !name.endsWith(last)) return false;
  const end = name.length - last.length;
  let at = first.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = name.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return at <= end;
}
