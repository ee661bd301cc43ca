// Where deliveries to a hook are sent, as a path of the daemon's.

export function hookPath(template: string, name: string): string {
  return `/hooks/${encodeURIComponent(template)}/${encodeURIComponent(name)}`;
}
