// Where forms of secrets stand in a text, whole or cut off.

import { type FormSet, HEAD, widened } from "./form-set.ts";
import { LONGEST_WINDOW, Skips } from "./skips.ts";
import { Spans } from "./spans.ts";
import type { Tail } from "./tails.ts";
import { nextEnd, nextNode } from "./trie.ts";

/** A place where a text has been cut, and how much of a secret before it is taken for one. */
export interface Cut {
  at: number;
  /** Characters that the beginning of a form must have there. */
  least: number;
  /** Where what is to be taken out ends: behind `at`, if a few characters there are of no use. */
  to: number;
}

/** What has come of a search so far. */
interface Search {
  text: string;
  spans: Spans;
  /** How far the rests of long forms have been looked at. */
  followed: Map<Tail, number>;
}

export class Finder {
  readonly #forms: FormSet;
  readonly #skips: Skips;

  constructor(forms: FormSet) {
    this.#forms = forms;
    this.#skips = new Skips(forms.shortest);
    for (const text of forms.texts) this.#skips.add(text);
  }

  /**
   * Where forms stand in the text, or a beginning of one before a cut; null for nowhere. The cuts
   * stand in order, the last one at the text's end. Takes a time that grows with the text alone.
   */
  find(text: string, cuts: readonly Cut[]): Spans | null {
    const { trie } = this.#forms;
    const { ends, depth } = trie;
    let search: Search | null = null;
    let node = 0;
    let at = 0;
    for (let i = 0; i < cuts.length; i++) {
      const { at: end, least, to } = cuts[i]!;
      while (at < end) {
        if (node === 0) {
          const place = this.#skips.next(text, at, end);
          // Whatever begins behind the last place is cut off here.
          at = place >= 0 ? place : Math.max(at, end - LONGEST_WINDOW);
        }
        do {
          node = nextNode(trie, node, text.charCodeAt(at++));
          if (ends[node] !== 0) this.#found(node, search ??= newSearch(text), at);
        } while (at < end && (node !== 0 || end - at < LONGEST_WINDOW));
      }
      if (depth[node]! >= least) (search ??= newSearch(text)).spans.add(end - depth[node]!, to);
    }
    return search && search.spans;
  }

  #found(node: number, { text, spans, followed }: Search, to: number): void {
    const { trie } = this.#forms;
    for (let each = trie.ends[node]!; each !== 0; each = nextEnd(trie, each)) {
      const { form, tails } = this.#forms.ends[trie.number[each]!]!;
      if (form) spans.add(...widened(text, form, { from: to - form.text.length, to }));
      for (const tail of tails) {
        if (to <= (followed.get(tail) ?? 0)) continue;
        followed.set(tail, tail.follow(text, to, HEAD, (from, to) => spans.add(from, to)));
      }
    }
  }
}

function newSearch(text: string): Search {
  return { text, spans: new Spans(), followed: new Map() };
}
