// Whether a path lies under another.

/** Or is the same; both absolute, by whole names. */
export function isUnder(path: string, folder: string): boolean {
  return folder === "/" || path === folder || path.startsWith(`${folder}/`);
}
