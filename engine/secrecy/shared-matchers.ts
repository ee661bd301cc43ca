// How what secrets are looked for with is made: once for all runs that know them, in short pieces.

import { createHash } from "node:crypto";
import { atOnce, inPieces } from "../../core/pieces.ts";
import { Turnstile } from "../../core/turnstile.ts";
import { Matcher } from "./matcher.ts";

/** By digest of the secrets. The matchers are held by the maskers alone, and go with the last. */
const shared = new Map<string, WeakRef<Matcher>>();
const gone = new FinalizationRegistry<string>((key) => {
  if (!shared.get(key)?.deref()) shared.delete(key);
});
const underWay = new Map<string, Promise<Matcher>>();
const turnstile = new Turnstile();

/** The matcher of these secrets if some run has it. */
export function madeMatcher(secrets: readonly string[]): Matcher | null {
  return shared.get(keyOf(secrets))?.deref() ?? null;
}

/** The matcher of these secrets, made at once if need be: some 10 ms for each KiB of short ones. */
export function matcherOf(secrets: readonly string[]): Matcher {
  return madeMatcher(secrets) ?? share(keyOf(secrets), atOnce(Matcher.of(secrets)));
}

/** The same, made in turns of the event loop between which others have theirs. */
export function makeMatcher(secrets: readonly string[]): Promise<Matcher> {
  const key = keyOf(secrets);
  const made = shared.get(key)?.deref();
  if (made) return Promise.resolve(made);
  let making = underWay.get(key);
  if (!making) {
    making = inPieces(Matcher.of(secrets), turnstile).then((matcher) => share(key, matcher))
      .finally(() => underWay.delete(key));
    underWay.set(key, making);
  }
  return making;
}

function share(key: string, matcher: Matcher): Matcher {
  shared.set(key, new WeakRef(matcher));
  gone.register(matcher, key);
  return matcher;
}

function keyOf(secrets: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(secrets.toSorted())).digest("base64");
}
