// What a set of secrets is looked for with.

import type { Json } from "../../core/json.ts";
import { type Cut, Finder } from "./finder.ts";
import { FormSetBuilder } from "./form-set.ts";
import { encodedForms, type Form, plainForms } from "./forms.ts";
import { partsOf } from "./parts.ts";
import type { Spans } from "./spans.ts";
import { WrappedFinder } from "./wrapped-finder.ts";

/** Nodes of a trie (25 bytes each) from which on no further form of a secret is looked for. */
const MOST_NODES = 1 << 19;
/** Characters of a secret's beginning at the end of a text that are taken out. */
const LEAST_AT_END = 8;
/** What a cut leaves behind a text: the rest of base64, half a character. */
const LEFT_BY_CUT = /[=\ufffd]{1,4}$/;

export class Matcher {
  readonly #whole: Finder;
  readonly #wrapped: WrappedFinder | null;
  /** Characters that a text has at least which holds a secret or much of one. */
  readonly #least: number;
  /** Secrets that are JSON, as values. */
  readonly values: readonly Json[];

  private constructor(
    values: readonly Json[],
    whole: Finder,
    { least, wrapped }: { least: number; wrapped: WrappedFinder | null },
  ) {
    this.values = values;
    this.#whole = whole;
    this.#least = least;
    this.#wrapped = wrapped;
  }

  /** Made in pieces. `secrets`: at least one that is long enough to be looked for. */
  static *of(secrets: Iterable<string>): Generator<void, Matcher> {
    const { texts, values } = partsOf(secrets);
    const all = new FormSetBuilder();
    const wrapped = new FormSetBuilder();
    const add = (form: Form) => {
      all.add(form);
      if (form.wraps) wrapped.add(form);
    };
    for (const form of plainForms(texts)) {
      add(form);
      yield;
    }
    for (const form of encodedForms(texts)) {
      if (all.size > MOST_NODES) break;
      add(form);
      yield;
    }
    const forms = yield* all.build();
    return new Matcher(values, new Finder(forms), {
      least: Math.min(forms.shortest, LEAST_AT_END),
      wrapped: wrapped.isEmpty ? null : yield* WrappedFinder.of(yield* wrapped.build()),
    });
  }

  /**
   * Where secrets stand in the text, and the beginning of one before each cut and at its end; null
   * for nowhere.
   */
  spans(text: string, cuts: readonly Cut[] = []): Spans | null {
    const { length } = text;
    if (length < this.#least) return null;
    const spans = this.#whole.find(text, cuts.concat(endsOf(text)));
    if (!this.#wrapped || !hasLines(text)) return spans;
    const wrapped = this.#wrapped.find(text, LEAST_AT_END);
    return spans && wrapped ? spans.with(wrapped) : spans ?? wrapped;
  }
}

/** A text may have been cut at its end. */
function endsOf(text: string): Cut[] {
  const { length } = text;
  const end: Cut = { at: length, least: LEAST_AT_END, to: length };
  const last = text.charCodeAt(length - 1);
  if (last !== 61 && last !== 0xfffd) return [end];
  const before = length - LEFT_BY_CUT.exec(text)![0].length;
  // The last digit before `=` has bits of its own.
  return [Math.max(0, before - 1), before].map((at) => ({ ...end, at })).concat(end);
}

/** Characters up to which a loop is quicker than a search. */
const SHORT = 64;

function hasLines(text: string): boolean {
  if (text.length > SHORT) {
    const at = text.indexOf("\n");
    return (at >= 0 && at < text.length - 1) || text.includes("\\n") || text.includes("\r");
  }
  for (let at = text.length - 2; at > 0; at--) {
    const unit = text.charCodeAt(at);
    if (unit === 10 || unit === 13 || unit === 92) return true;
  }
  return false;
}
