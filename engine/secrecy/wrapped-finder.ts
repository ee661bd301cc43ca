// Where forms of secrets stand in a text, broken into lines.

import { type FormSet, HEAD, widened } from "./form-set.ts";
import { Spans } from "./spans.ts";
import { childNode, nextEnd, nextNode } from "./trie.ts";

const LF = 10;
const CR = 13;
const BACKSLASH = 92;
/** Buckets that pairs of units fall into; pairs of ASCII each into their own. */
const PAIRS = 1 << 13;
const PLACES = 256;

/**
 * A form that is broken into lines has a part of it before the end of a line. So only what stands
 * before ends of lines is looked at, as far back as it looks like a part, and on from there.
 */
export class WrappedFinder {
  readonly #forms: FormSet;
  /** Whether two units stand side by side in a form. */
  readonly #pairs = new Uint8Array(PAIRS);
  /** Whether a unit stands in a form, by its lower byte. */
  readonly #units = new Uint8Array(0x100);
  /** Where the last characters that count stand. */
  readonly #places = new Int32Array(PLACES);

  private constructor(forms: FormSet) {
    this.#forms = forms;
  }

  /** Made in pieces. */
  static *of(forms: FormSet): Generator<void, WrappedFinder> {
    const finder = new WrappedFinder(forms);
    for (const text of forms.texts) {
      finder.#expect(text);
      yield;
    }
    return finder;
  }

  #expect(text: string): void {
    for (let at = 0; at < text.length; at++) {
      const unit = text.charCodeAt(at);
      this.#units[unit & 0xff] = 1;
      if (at > 0) this.#pairs[pairOf(text.charCodeAt(at - 1), unit)] = 1;
    }
  }

  /**
   * Ends of lines, also as JSON writes them, and the indentation behind them count for nothing where
   * no form has them. `least`: characters that a beginning must have at the end of the text. Null
   * for nowhere.
   */
  find(text: string, least: number): Spans | null {
    const units = this.#units;
    const pairs = this.#pairs;
    let spans: Spans | null = null;
    const tell = (from: number, to: number) => {
      (spans ??= new Spans()).add(from, to);
    };
    let done = 0;
    for (let at = 1; at < text.length; at++) {
      const unit = text.charCodeAt(at);
      if (unit > BACKSLASH || (unit > CR && unit < BACKSLASH)) continue;
      if (units[text.charCodeAt(at - 1) & 0xff] === 0 || endOfLine(text, at, unit) === 0) continue;
      if (at <= done) continue;
      let from = at - 1;
      while (from > done) {
        if (pairs[pairOf(text.charCodeAt(from - 1), text.charCodeAt(from))] === 0) break;
        from--;
      }
      done = this.#scan(text, { from, past: at, least }, tell);
      at = Math.max(at, done - 1);
    }
    return spans;
  }

  /** Reads on until no form is being read behind `past`; returns where that is. */
  #scan(
    text: string,
    { from: start, past, least }: { from: number; past: number; least: number },
    tell: (from: number, to: number) => void,
  ): number {
    const { trie } = this.#forms;
    const { ends, depth } = trie;
    const places = this.#places;
    let read = 0;
    let node = 0;
    let broken = false;
    let followed = 0;
    let at = start;
    for (; at < text.length && (node !== 0 || at < past); at++) {
      const unit = text.charCodeAt(at);
      const skipped = node === 0 || childNode(trie, node, unit) !== 0
        ? 0
        : blank(text, at, { unit, broken });
      if (skipped > 0) {
        at += skipped - 1;
        broken = true;
        continue;
      }
      node = nextNode(trie, node, unit);
      broken = isBroken(unit, broken);
      places[read++ & (PLACES - 1)] = at;
      for (let each = ends[node]!; each !== 0; each = nextEnd(trie, each)) {
        const { form, tails } = this.#forms.ends[trie.number[each]!]!;
        const place = { from: places[(read - depth[each]!) & (PLACES - 1)]!, to: at + 1 };
        if (form) tell(...widened(text, form, place));
        if (tails.length === 0) continue;
        if (at >= followed) {
          for (const tail of tails) followed = Math.max(followed, follow(tail.text, text, at + 1));
        }
        tell(place.from, Math.max(place.to, followed));
      }
    }
    if (at >= text.length && depth[node]! >= least) {
      tell(places[(read - depth[node]!) & (PLACES - 1)]!, text.length);
    }
    return at;
  }
}

function pairOf(unit: number, next: number): number {
  return (unit << 6 ^ next) & (PAIRS - 1);
}

/** How many characters end a line here; 0 for none. */
function endOfLine(text: string, at: number, unit: number): number {
  if (unit === LF || unit === CR) return 1;
  if (unit !== BACKSLASH) return 0;
  const next = text[at + 1];
  return next === "n" || next === "r" ? 2 : 0;
}

/** Whether what follows this unit may be indentation. */
function isBroken(unit: number, broken: boolean): boolean {
  return unit === LF || unit === CR || (broken && (unit === 32 || unit === 9));
}

/** How many characters here count for nothing. */
function blank(text: string, at: number, now: { unit: number; broken: boolean }): number {
  if (now.broken && (now.unit === 32 || now.unit === 9)) return 1;
  return endOfLine(text, at, now.unit);
}

/** Where what is left of a form behind its head ends in the text. */
function follow(form: string, text: string, start: number): number {
  let end = start;
  let broken = false;
  let read = HEAD;
  for (let at = start; read < form.length && at < text.length;) {
    const unit = text.charCodeAt(at);
    if (form.charCodeAt(read) === unit) {
      read++;
      end = ++at;
      broken = isBroken(unit, broken);
      continue;
    }
    const skipped = blank(text, at, { unit, broken });
    if (skipped === 0) break;
    broken = true;
    at += skipped;
  }
  return end;
}
