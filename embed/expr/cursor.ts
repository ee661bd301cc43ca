// Which token is next, and what to say when it is another than what must follow.

import { Fault } from "./errors.ts";
import type { Token, TokenKind } from "./lexer.ts";

export class Cursor {
  #next = 0;
  readonly #tokens: Token[];

  /** The last token is the end. */
  constructor(tokens: Token[]) {
    this.#tokens = tokens;
  }

  get token(): Token {
    return this.#tokens[this.#next]!;
  }

  /** The one after the next. */
  get following(): Token {
    return this.#tokens[Math.min(this.#next + 1, this.#tokens.length - 1)]!;
  }

  is(kind: TokenKind, value: string): boolean {
    return this.token.kind === kind && this.token.value === value;
  }

  advance(): Token {
    return this.#tokens[this.#next++]!;
  }

  /** Takes the token if it is this one. */
  accept(kind: TokenKind, value: string): boolean {
    if (!this.is(kind, value)) return false;
    this.#next++;
    return true;
  }

  expect(kind: TokenKind, value: string): Token {
    if (!this.is(kind, value)) throw this.unexpected(`"${value}"`);
    return this.advance();
  }

  expectName(): Token {
    if (this.token.kind !== "name") throw this.unexpected("a name");
    return this.advance();
  }

  unexpected(wanted?: string): Fault {
    const { kind, value, at } = this.token;
    const met = kind === "end" ? "the expression ends too early" : `unexpected "${value}"`;
    return new Fault(wanted ? `${met}: ${wanted} must follow` : met, at);
  }
}
