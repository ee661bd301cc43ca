// How the text of a CEL field becomes CEL: authors may wrap it in one `${{ }}`.

const WRAPPED = /^\s*\$\{\{([\s\S]*)\}\}\s*$/;

/** The expression without its wrapping `${{ }}`, trimmed; other text comes back trimmed. */
export function celSource(text: string): string {
  const inner = WRAPPED.exec(text)?.[1];
  return (inner === undefined || inner.includes("${{") ? text : inner).trim();
}
