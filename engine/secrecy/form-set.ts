// Which forms are looked for together: the beginnings of all of them in a trie, the rest beside it.

import type { Form } from "./forms.ts";
import { Tail } from "./tails.ts";
import { type Trie, TrieBuilder } from "./trie.ts";

/** Characters of a form that are in the trie: so many of one are found alone too, wherever. */
export const HEAD = 64;

/** What ends in one node of the trie: a form, and longer ones that begin with that text. */
export interface End {
  form: Form | null;
  tails: Tail[];
}

export interface FormSet {
  trie: Trie;
  /** By the numbers in the trie. */
  ends: readonly End[];
  /** Of the shortest form, at most HEAD. */
  shortest: number;
  texts: ReadonlySet<string>;
}

export class FormSetBuilder {
  readonly #trie = new TrieBuilder();
  readonly #ends: End[] = [];
  readonly #texts = new Set<string>();

  /** Nodes of its trie. */
  get size(): number {
    return this.#trie.size;
  }

  get isEmpty(): boolean {
    return this.#texts.size === 0;
  }

  add(form: Form): void {
    const { text } = form;
    if (text.length < 2 || this.#texts.has(text)) return;
    this.#texts.add(text);
    const number = this.#trie.add(text.slice(0, HEAD), this.#ends.length);
    if (number === this.#ends.length) this.#ends.push({ form: null, tails: [] });
    if (text.length <= HEAD) this.#ends[number]!.form = form;
    else this.#ends[number]!.tails.push(new Tail(text));
  }

  /** Of all forms so far, of which there must be one; in pieces. */
  *build(): Generator<void, FormSet> {
    const trie = yield* this.#trie.build();
    return { trie, ends: this.#ends, shortest: this.#trie.shortest, texts: this.#texts };
  }
}

/** Of base64, base64url and base32. */
const DIGIT = /[A-Za-z0-9+/_-]/;

/** Where a form stands, with the digits around it that hold bits of the secret. */
export function widened(
  text: string,
  form: Form,
  place: { from: number; to: number },
): [from: number, to: number] {
  const { from, to } = place;
  const before = form.takesBefore && from > 0 && DIGIT.test(text[from - 1]!);
  const after = form.takesAfter && to < text.length && DIGIT.test(text[to]!);
  return [before ? from - 1 : from, after ? to + 1 : to];
}
