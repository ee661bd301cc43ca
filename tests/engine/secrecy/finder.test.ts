// Whether the search for forms finds exactly what a plain comparison finds, and takes linear time.

import assert from "node:assert/strict";
import { test } from "node:test";
import { atOnce } from "../../../core/pieces.ts";
import { Finder } from "../../../engine/secrecy/finder.ts";
import { type FormSet, FormSetBuilder, HEAD } from "../../../engine/secrecy/form-set.ts";
import { WrappedFinder } from "../../../engine/secrecy/wrapped-finder.ts";
import { chooseSeed, seeded } from "../../support/random.ts";

const LEAST = 8;
const wrappedFinder = (forms: FormSet) => atOnce(WrappedFinder.of(forms));

function formsOf(texts: string[]) {
  const builder = new FormSetBuilder();
  for (const text of texts) builder.add({ text });
  return atOnce(builder.build());
}

/** Which characters belong to a form, to a long beginning of one, or to one that the end cuts off. */
function expected(texts: string[], text: string): string {
  const covered = new Array<boolean>(text.length).fill(false);
  for (const form of texts) {
    for (let at = 0; at < text.length; at++) {
      let length = 0;
      while (length < form.length && text[at + length] === form[length]) length++;
      const cutOff = at + length === text.length && length >= LEAST;
      if (length === form.length || length >= HEAD || cutOff) covered.fill(true, at, at + length);
    }
  }
  return Array.from(text, (char, at) => covered[at] ? "*" : char).join("");
}

function found(finder: Finder, text: string): string {
  const spans = finder.find(text, [{ at: text.length, least: LEAST, to: text.length }]);
  const chars = Array.from({ length: text.length }, (_, at) => text[at]!);
  for (const [from, to] of spans?.stretches() ?? []) chars.fill("*", from, to);
  return chars.join("");
}

test("what is found is what a comparison of every place with every form finds", (t) => {
  const seed = chooseSeed();
  t.diagnostic(`seed ${seed}`);
  const random = seeded(seed);
  const below = (n: number) => Math.floor(random() * n);
  const word = (letters: string, length: number) =>
    Array.from({ length }, () => letters[below(letters.length)]).join("");
  for (let round = 0; round < 400; round++) {
    const letters = ["ab", "abcd", "aäb€"][below(3)]!;
    const unit = word(letters, 1 + below(4));
    const texts = Array.from({ length: 1 + below(4) }, () => {
      const random = word(letters, 3 + below(round % 2 === 0 ? 10 : 100));
      // Those that repeat themselves are the hard ones.
      return below(2) === 0 ? random : unit.repeat(1 + below(60)) + random;
    });
    const parts = [
      ...texts,
      ...texts.map((text) => text.slice(0, below(text.length))),
      unit.repeat(40),
    ];
    let text = "";
    for (let n = below(8); n >= 0; n--) {
      text += below(2) === 0 ? parts[below(parts.length)]! : word(letters, below(20));
    }
    const marked = found(new Finder(formsOf(texts)), text);
    const wanted = expected(texts, text);
    assert.equal(
      marked,
      wanted,
      `seed ${seed}, round ${round}: ${JSON.stringify({ texts, text })}`,
    );
  }
});

test("a form is found however it is broken into lines, and however deep these are indented", () => {
  const form = "TUlJRXZRSUJBREFOQmdrcWhraUc5dzBCQVFFRkFBU0NCS2N3Z2dTakFnRUFBb0lCQVFDN1ZKVFV0OVVz"
    .repeat(3);
  for (const length of [1, 7, 20, 60, 64, 76, 200]) {
    for (const between of ["\n", "\r\n", "\n    ", "\\n", "\\r\\n", "\n\t"]) {
      for (const before of ["", "x".repeat(length - 1), "see: ", "\n\n"]) {
        const lines = (before + form).match(new RegExp(`[^]{1,${length}}`, "g"))!;
        const text = `${lines.join(between)} end`;
        const finder = wrappedFinder(formsOf([form]));
        const rest = finder.find(text, LEAST)?.replacedIn(text, "***");
        assert.match(rest ?? text, /\*\*\* end$/, JSON.stringify([length, between, before]));
        assert.doesNotMatch(rest ?? text, /TUlJ|REFO|VzTUl/);
      }
    }
  }
});

test("no text and no form makes the search take more than linear time", (t) => {
  const n = 64 * 1024;
  const forms = [
    `${"a".repeat(n / 2)}b${"a".repeat(n / 2)}`,
    "a".repeat(n),
    "ab".repeat(n / 2),
    `${"a".repeat(HEAD)}b`,
    ...Array.from({ length: 20 }, (_, i) => `${"a".repeat(100 + i)}c`),
  ];
  const set = formsOf(forms);
  for (const unit of ["a", "ab", "aab", `${"a".repeat(HEAD)}b`]) {
    const times = [1, 4].map((size) => {
      const text = unit.repeat(size * 500_000 / unit.length);
      const { user } = process.cpuUsage();
      new Finder(set).find(text, [{ at: text.length, least: LEAST, to: text.length }]);
      wrappedFinder(set).find(`${text}\n${text}`, LEAST);
      return (process.cpuUsage().user - user) / 1000;
    });
    t.diagnostic(`${unit.slice(0, 3)}…: ${times.map((ms) => `${ms.toFixed(0)} ms`).join(", ")}`);
    // A quadratic search would take minutes for either.
    if (process.env.STRICT === "1") assert.ok(times[1]! < 8 * times[0]! + 50, `${times}`);
  }
});
