// Which secrets are looked for together: several short ones, or a long one alone, so that it need not
// be made ready anew whenever a run learns of another.

import type { Matcher } from "./matcher.ts";
import { madeMatcher, makeMatcher, matcherOf } from "./shared-matchers.ts";

/** UTF-16 units of a secret that is looked for alone. */
const LONG = 512;
/** Units of all secrets that are looked for together. */
const MOST_TOGETHER = 1024;
/** Units of secrets for which nobody need wait: some milliseconds. */
const AT_ONCE = 128;

export class Group {
  readonly secrets: string[] = [];
  #units = 0;
  #made: Matcher | null = null;

  /** Whether it has room for the secret, and now has it. */
  takes(secret: string): boolean {
    const units = this.#units + secret.length;
    if (this.secrets.length > 0 && (secret.length > LONG || units > MOST_TOGETHER)) return false;
    this.secrets.push(secret);
    this.#units = units;
    this.#made = units > AT_ONCE ? madeMatcher(this.secrets) : null;
    return true;
  }

  /** Whether its matcher is there, or made so quickly that nobody need wait for it. */
  get isReady(): boolean {
    return this.#made !== null || this.#units <= AT_ONCE;
  }

  get matcher(): Matcher {
    return this.#made ??= matcherOf(this.secrets);
  }

  async prepare(): Promise<void> {
    const units = this.#units;
    const made = await makeMatcher([...this.secrets]);
    // It may have got another one meanwhile.
    if (units === this.#units) this.#made = made;
  }
}
