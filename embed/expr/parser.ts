// How tokens become a tree: operator precedence, and what stands around the operands.

import { Buffer } from "node:buffer";
import type { MemberNode, Node } from "./ast.ts";
import { BUILTIN_NAMES, PREDICATES, unknownFunction } from "./builtins/names.ts";
import { Cursor } from "./cursor.ts";
import { Fault } from "./errors.ts";
import { lex, type Token } from "./lexer.ts";
import { parseNumber } from "./literals.ts";
import { BINARY, COMPARISONS, NEGATABLE, strengthOf, UNARY } from "./precedence.ts";

/** Nodes of one expression. */
const MOST_NODES = 10_000;
/** How deep brackets and operators may nest. */
const DEEPEST = 500;

export interface ParseOptions {
  /** No function comes from the environment: what is none of the language's own is refused. */
  ownFunctionsOnly?: boolean;
}

/** The tree of a source; throws a Fault with its place. */
export function parse(source: string, options: ParseOptions = {}): Node {
  return new Parser(lex(source), options).program();
}

class Parser {
  #nodes = 0;
  #depth = 0;
  /** How many predicates surround the token at hand. */
  #predicates = 0;
  readonly #tokens: Cursor;
  readonly #isClosed: boolean;

  constructor(tokens: Token[], { ownFunctionsOnly = false }: ParseOptions) {
    this.#tokens = new Cursor(tokens);
    this.#isClosed = ownFunctionsOnly;
  }

  program(): Node {
    const node = this.#sequence();
    if (this.#tokens.token.kind !== "end") throw this.#tokens.unexpected();
    return node;
  }

  #made<T extends Node>(node: T): T {
    if (++this.#nodes > MOST_NODES) {
      throw new Fault(
        `the expression exceeds the limit of ${MOST_NODES.toLocaleString("en")} nodes`,
      );
    }
    return node;
  }

  /** Expressions parted by semicolons; one at the very end of the source is allowed. */
  #sequence(): Node {
    const first = this.#expression();
    if (!this.#tokens.is("operator", ";")) return first;
    const nodes = [first];
    while (this.#tokens.accept("operator", ";")) {
      if (this.#tokens.token.kind === "end") break;
      nodes.push(this.#expression());
    }
    return nodes.length === 1 ? first : this.#made({ kind: "sequence", nodes, at: first.at });
  }

  #expression(precedence = 0): Node {
    if (++this.#depth > DEEPEST) {
      throw new Fault("the expression nests too deeply", this.#tokens.token.at);
    }
    const node = precedence === 0 ? this.#whole() : this.#operation(precedence);
    this.#depth--;
    return node;
  }

  #whole(): Node {
    if (this.#tokens.accept("operator", "let")) return this.#declaration();
    if (this.#tokens.is("operator", "if")) return this.#branches();
    let node = this.#operation(0);
    while (this.#tokens.is("operator", "?")) {
      const { at } = this.#tokens.advance();
      if (this.#tokens.accept("operator", ":")) {
        node = this.#made({
          kind: "conditional",
          test: node,
          yes: node,
          no: this.#expression(),
          at,
        });
        continue;
      }
      const yes = this.#expression();
      this.#tokens.expect("operator", ":");
      node = this.#made({ kind: "conditional", test: node, yes, no: this.#expression(), at });
    }
    return node;
  }

  #declaration(): Node {
    const { value: name, at } = this.#tokens.expectName();
    this.#tokens.expect("operator", "=");
    const value = this.#expression();
    this.#tokens.expect("operator", ";");
    return this.#made({ kind: "let", name, value, body: this.#sequence(), at });
  }

  #branches(): Node {
    const { at } = this.#tokens.expect("operator", "if");
    const test = this.#expression();
    const yes = this.#block();
    this.#tokens.expect("operator", "else");
    const no = this.#tokens.is("operator", "if") ? this.#branches() : this.#block();
    return this.#made({ kind: "conditional", test, yes, no, at });
  }

  #block(): Node {
    this.#tokens.expect("bracket", "{");
    const node = this.#sequence();
    this.#tokens.expect("bracket", "}");
    return node;
  }

  /** An operand and the operators after it that bind at least as tight as `precedence`. */
  #operation(precedence: number): Node {
    let left = this.#operand();
    let before = "";
    while (this.#tokens.token.kind === "operator") {
      const negated = this.#tokens.is("operator", "not");
      const token = negated ? this.#tokens.following : this.#tokens.token;
      if (negated && !(token.kind === "operator" && NEGATABLE.has(token.value))) {
        this.#tokens.advance();
        throw this.#tokens.unexpected();
      }
      const binds = strengthOf(BINARY, token.value);
      if (binds === undefined || binds < precedence) break;
      if (negated) this.#tokens.advance();
      this.#tokens.advance();
      if (token.value === "|") {
        left = this.#callOf(this.#tokens.expectName(), [left]);
      } else {
        if (before === "??" && token.value !== "??") {
          throw new Fault(`?? and ${token.value} need brackets around one of them`, token.at);
        }
        left = COMPARISONS.has(token.value)
          ? this.#comparison(left, token, binds)
          : this.#binary(left, token, this.#expression(binds + (binds === 100 ? 0 : 1)));
        if (negated) {
          left = this.#made({ kind: "unary", operator: "not", operand: left, at: token.at });
        }
      }
      before = token.value;
    }
    return left;
  }

  #binary(left: Node, { value: operator, at }: { value: string; at: number }, right: Node): Node {
    return this.#made({ kind: "binary", operator, left, right, at });
  }

  /** `a < b < c` is `a < b && b < c`. */
  #comparison(left: Node, token: Token, precedence: number): Node {
    let all: Node | undefined;
    while (true) {
      const right = this.#expression(precedence + 1);
      const one = this.#binary(left, token, right);
      all = all ? this.#binary(all, { value: "&&", at: token.at }, one) : one;
      if (this.#tokens.token.kind !== "operator" || !COMPARISONS.has(this.#tokens.token.value)) {
        return all;
      }
      left = right;
      token = this.#tokens.advance();
    }
  }

  #operand(): Node {
    const token = this.#tokens.token;
    if (token.kind === "operator") {
      const binds = strengthOf(UNARY, token.value);
      if (binds !== undefined) {
        this.#tokens.advance();
        const operand = this.#expression(binds);
        return this.#made({ kind: "unary", operator: token.value, operand, at: token.at });
      }
      if (token.value === "#" || token.value === ".") return this.#postfix(this.#pointer());
      if (this.#tokens.accept("operator", "::")) {
        return this.#postfix(this.#callOf(this.#tokens.expectName(), []));
      }
    }
    if (this.#tokens.accept("bracket", "(")) {
      const node = this.#sequence();
      this.#tokens.expect("bracket", ")");
      return this.#postfix(node);
    }
    return this.#atom();
  }

  /** `#`, `#name`, or nothing before the dot of a `.field`. */
  #pointer(): Node {
    const { value, at } = this.#tokens.token;
    if (this.#predicates === 0) {
      throw new Fault(`"${value}" names an element, and there is none outside a predicate`, at);
    }
    let name = "";
    if (value === "#") {
      this.#tokens.advance();
      const { kind, value: word, at: wordAt } = this.#tokens.token;
      if (kind === "name" && wordAt === at + 1) {
        if (!["acc", "index"].includes(word)) throw new Fault(`there is no "#${word}"`, at);
        name = word;
        this.#tokens.advance();
      }
    }
    return this.#made({ kind: "pointer", name, at });
  }

  #atom(): Node {
    const token = this.#tokens.token;
    const { at, value } = token;
    switch (token.kind) {
      case "name":
        this.#tokens.advance();
        if (value === "true" || value === "false") {
          return this.#made({ kind: "bool", value: value === "true", at });
        }
        if (value === "nil") return this.#made({ kind: "nil", at });
        return this.#postfix(
          this.#tokens.is("bracket", "(")
            ? this.#callOf(token, [])
            : this.#made({ kind: "name", name: value, at }),
        );
      case "number":
        this.#tokens.advance();
        return this.#made({ ...parseNumber(value, at), at });
      case "string":
        this.#tokens.advance();
        return this.#postfix(this.#made({ kind: "string", value, at }));
      case "bytes":
        this.#tokens.advance();
        return this.#postfix(
          this.#made({ kind: "bytes", value: Buffer.from(value, "latin1"), at }),
        );
    }
    if (this.#tokens.is("bracket", "[")) return this.#postfix(this.#array());
    if (this.#tokens.is("bracket", "{")) return this.#postfix(this.#map());
    throw this.#tokens.unexpected();
  }

  #array(): Node {
    const { at } = this.#tokens.expect("bracket", "[");
    return this.#made({ kind: "array", items: this.#list("]"), at });
  }

  /** Expressions with commas between them, and one after the last if you like, up to a bracket. */
  #list(end: string): Node[] {
    const items: Node[] = [];
    while (!this.#tokens.accept("bracket", end)) {
      if (items.length > 0) {
        if (!this.#tokens.accept("operator", ",")) throw this.#tokens.unexpected(`"," or "${end}"`);
        if (this.#tokens.accept("bracket", end)) break;
      }
      items.push(this.#expression());
    }
    return items;
  }

  #map(): Node {
    const { at } = this.#tokens.expect("bracket", "{");
    const pairs: { key: Node; value: Node }[] = [];
    while (!this.#tokens.accept("bracket", "}")) {
      if (pairs.length > 0) {
        if (!this.#tokens.accept("operator", ",")) throw this.#tokens.unexpected('"," or "}"');
        if (this.#tokens.accept("bracket", "}")) break;
      }
      const key = this.#key();
      this.#tokens.expect("operator", ":");
      pairs.push({ key, value: this.#expression() });
    }
    return this.#made({ kind: "map", pairs, at });
  }

  #key(): Node {
    const { kind, value, at } = this.#tokens.token;
    if (kind === "name" || kind === "string" || kind === "number") {
      this.#tokens.advance();
      return this.#made({ kind: "string", value, at });
    }
    if (this.#tokens.is("bracket", "(")) return this.#expression();
    throw this.#tokens.unexpected('a name, a text, a number or an expression in "()"');
  }

  /** The call of a builtin or of a function by its name; `args` are those piped into it. */
  #callOf({ value: name, at }: Token, args: Node[]): Node {
    if (Object.hasOwn(PREDICATES, name)) return this.#predicateCall(name, args, at);
    if (this.#isClosed && !BUILTIN_NAMES.has(name)) throw new Fault(unknownFunction(name), at);
    this.#tokens.expect("bracket", "(");
    args = [...args, ...this.#list(")")];
    if (BUILTIN_NAMES.has(name)) return this.#made({ kind: "builtin", name, args, at });
    return this.#made({ kind: "call", callee: this.#made({ kind: "name", name, at }), args, at });
  }

  #predicateCall(name: string, args: Node[], at: number): Node {
    this.#tokens.expect("bracket", "(");
    const { least, most } = PREDICATES[name]!;
    const piped = args.length;
    args = [...args];
    while (args.length < most && !this.#tokens.is("bracket", ")")) {
      if (args.length > piped) {
        this.#tokens.expect("operator", ",");
        if (this.#tokens.is("bracket", ")")) break;
      }
      args.push(args.length === 1 ? this.#predicate() : this.#expression());
    }
    this.#tokens.accept("operator", ",");
    if (args.length < least) {
      throw this.#tokens.unexpected(`at least ${least} arguments of ${name}`);
    }
    this.#tokens.expect("bracket", ")");
    return this.#made({ kind: "builtin", name, args, at });
  }

  #predicate(): Node {
    const { at } = this.#tokens.token;
    this.#predicates++;
    let body: Node;
    if (this.#tokens.accept("bracket", "{")) {
      body = this.#sequence();
      this.#tokens.expect("bracket", "}");
    } else {
      body = this.#expression();
      if (this.#tokens.is("operator", ";")) {
        throw new Fault('a predicate with ";" needs "{}" around it', at);
      }
    }
    this.#predicates--;
    return this.#made({ kind: "predicate", body, at });
  }

  /** What may follow an operand without a space: members, calls of them, indexes and slices. */
  #postfix(node: Node): Node {
    while (true) {
      const optional = this.#tokens.is("operator", "?.");
      if (optional || this.#tokens.is("operator", ".")) {
        this.#tokens.advance();
        node = optional && this.#tokens.is("bracket", "[")
          ? this.#index(node, true)
          : this.#field(node, optional);
      } else if (this.#tokens.is("bracket", "[")) {
        node = this.#index(node, false);
      } else {
        return node;
      }
    }
  }

  /** A chain that a `?.` began reaches as far as names follow. */
  #field(object: Node, optional: boolean): Node {
    const { kind, value, at } = this.#tokens.token;
    if (kind !== "name" && !(kind === "operator" && /^\p{L}/u.test(value))) {
      throw this.#tokens.unexpected("a name");
    }
    this.#tokens.advance();
    const chained = object.kind === "chain";
    const property = this.#made<Node>({ kind: "string", value, at });
    let node: Node = this.#made<MemberNode>({
      kind: "member",
      object: object.kind === "chain" ? object.body : object,
      property,
      optional,
      at,
    });
    if (this.#tokens.accept("bracket", "(")) {
      node = this.#made({ kind: "call", callee: node, args: this.#list(")"), at });
    }
    return chained || optional ? this.#made({ kind: "chain", body: node, at }) : node;
  }

  #index(object: Node, optional: boolean): Node {
    const { at } = this.#tokens.expect("bracket", "[");
    const bound = () => this.#tokens.is("bracket", "]") ? undefined : this.#expression();
    const from = this.#tokens.is("operator", ":") ? undefined : this.#expression();
    if (from === undefined || this.#tokens.is("operator", ":")) {
      this.#tokens.expect("operator", ":");
      const to = bound();
      this.#tokens.expect("bracket", "]");
      return this.#made({ kind: "slice", object, from, to, at });
    }
    this.#tokens.expect("bracket", "]");
    const node = this.#made<Node>({ kind: "member", object, property: from, optional, at });
    return optional ? this.#made({ kind: "chain", body: node, at }) : node;
  }
}
