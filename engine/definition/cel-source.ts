// How the text of a CEL field becomes CEL: authors may wrap it in one `${{ }}`.

const WRAPPED = /^\s*\$\{\{([\s\S]*)\}\}\s*$/;

/** How a field is read in CEL: `a.b`, or `a['b-c']`. */
export function celField(path: string, key: string): string {
  return /^[A-Za-z_]\w*$/.test(key) ? `${path}.${key}` : `${path}['${key}']`;
}

/** The expression without its wrapping `${{ }}`, trimmed; other text comes back trimmed. */
export function celSource(text: string): string {
  const inner = WRAPPED.exec(text)?.[1];
  return (inner === undefined || inner.includes("${{") ? text : inner).trim();
}
