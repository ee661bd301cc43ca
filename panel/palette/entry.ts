// What the palette offers: an entry of a group, and what comes of choosing it.

import type { ComponentChildren } from "preact";

export interface Entry {
  /** Of its own among all entries. */
  id: string;
  group: string;
  label: string;
  /** Beside the label: where it stands, how it is, or the keys that do the same. */
  detail?: ComponentChildren;
  /** By what else it is found. */
  words?: string;
  /** Leads somewhere or does something; answers why it could not, and the palette stays. */
  choose(): string | void;
}

/** Those in which every word of the text occurs. */
export function matching(entries: readonly Entry[], text: string): Entry[] {
  const words = text.toLowerCase().split(/\s+/).filter((word) => word !== "");
  return entries.filter(({ group, label, words: more = "" }) => {
    const all = `${group} ${label} ${more}`.toLowerCase();
    return words.every((word) => all.includes(word));
  });
}
