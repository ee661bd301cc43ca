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

export interface Matching {
  /** Those of which each word of the text begins a word, the best first. */
  near: Entry[];
  /** Those in which some word of it stands in the middle of another. */
  far: Entry[];
}

/** Those in which every word of the text occurs. */
export function matching(entries: readonly Entry[], text: string): Matching {
  const fits = entries.map((entry) => ({ entry, fit: fitOf(entry, text.toLowerCase().trim()) }))
    .toSorted((one, other) => one.fit - other.fit);
  const those = (isWanted: (fit: number) => boolean) =>
    fits.filter(({ fit }) => isWanted(fit)).map(({ entry }) => entry);
  return { near: those((fit) => fit < IN_WORDS), far: those((fit) => fit === IN_WORDS) };
}

/** How an entry fits, from the best on; Infinity: not at all. */
const AS_LABEL = 0, BY_LABEL = 1, BY_WORDS = 2, IN_WORDS = 3;

function fitOf({ group, label, words: more = "" }: Entry, text: string): number {
  const name = label.toLowerCase();
  if (name.startsWith(text)) return AS_LABEL;
  const all = `${name} ${group} ${more}`.toLowerCase();
  const wanted = text.split(/\s+/);
  const begin = (place: string) => {
    const words = place.split(/[^\p{L}\p{N}]+/u);
    // A word with signs in it, as an id, is one of its own, too.
    const whole = place.split(/\s+/);
    return wanted.every((word) => [...words, ...whole].some((one) => one.startsWith(word)));
  };
  if (begin(name)) return BY_LABEL;
  if (begin(all)) return BY_WORDS;
  return wanted.every((word) => all.includes(word)) ? IN_WORDS : Infinity;
}
