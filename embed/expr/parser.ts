// How tokens become a tree: operator precedence, and what stands around the operands.

import { Buffer } from "node:buffer";
import type { MemberNode, Node } from "./ast.ts";
import { BUILTIN_NAMES, PREDICATES } from "./builtins/names.ts";
import { Fault } from "./errors.ts";
import { lex, type Token, type TokenKind } from "./lexer.ts";
import { parseNumber } from "./literals.ts";

/** Nodes of one expression. */
const MOST_NODES = 10_000;
/** How deep brackets and operators may nest. */
const DEEPEST = 500;

const COMPARISONS = new Set(["<", ">", "<=", ">="]);
const NEGATABLE = new Set(["in", "matches", "contains", "startsWith", "endsWith"]);
const UNARY: Record<string, number> = { not: 50, "!": 50, "-": 90, "+": 90 };
const BINARY: Record<string, number> = {
  "|": 0,
  "or": 10,
  "||": 10,
  "and": 15,
  "&&": 15,
  "==": 20,
  "!=": 20,
  "<": 20,
  ">": 20,
  "<=": 20,
  ">=": 20,
  "in": 20,
  "matches": 20,
  "contains": 20,
  "startsWith": 20,
  "endsWith": 20,
  "..": 25,
  "+": 30,
  "-": 30,
  "*": 60,
  "/": 60,
  "%": 60,
  "**": 100,
  "^": 100,
  "??": 500,
};

/** The tree of a source; throws a Fault with its place. */
export function parse(source: string): Node {
  return new Parser(lex(source)).program();
}

class Parser {
  #next = 0;
  #nodes = 0;
  #depth = 0;
  /** How many predicates surround the token at hand. */
  #predicates = 0;
  readonly #tokens: Token[];

  constructor(tokens: Token[]) {
    this.#tokens = tokens;
  }

  program(): Node {
    const node = this.#sequence();
    if (this.#token.kind !== "end") throw this.#unexpected();
    return node;
  }

  get #token(): Token {
    return this.#tokens[this.#next]!;
  }

  #is(kind: TokenKind, value: string): boolean {
    return this.#token.kind === kind && this.#token.value === value;
  }

  #advance(): Token {
    return this.#tokens[this.#next++]!;
  }

  /** Takes the token if it is this one. */
  #accept(kind: TokenKind, value: string): boolean {
    if (!this.#is(kind, value)) return false;
    this.#next++;
    return true;
  }

  #expect(kind: TokenKind, value: string): Token {
    if (!this.#is(kind, value)) throw this.#unexpected(`"${value}"`);
    return this.#advance();
  }

  #expectName(): Token {
    if (this.#token.kind !== "name") throw this.#unexpected("a name");
    return this.#advance();
  }

  #unexpected(wanted?: string): Fault {
    const { kind, value, at } = this.#token;
    const met = kind === "end" ? "the expression ends too early" : `unexpected "${value}"`;
    return new Fault(wanted ? `${met}: ${wanted} must follow` : met, at);
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
    if (!this.#is("operator", ";")) return first;
    const nodes = [first];
    while (this.#accept("operator", ";")) {
      if (this.#token.kind === "end") break;
      nodes.push(this.#expression());
    }
    return nodes.length === 1 ? first : this.#made({ kind: "sequence", nodes, at: first.at });
  }

  #expression(precedence = 0): Node {
    if (++this.#depth > DEEPEST) {
      throw new Fault("the expression nests too deeply", this.#token.at);
    }
    const node = precedence === 0 ? this.#whole() : this.#operation(precedence);
    this.#depth--;
    return node;
  }

  #whole(): Node {
    if (this.#accept("operator", "let")) return this.#declaration();
    if (this.#is("operator", "if")) return this.#branches();
    let node = this.#operation(0);
    while (this.#is("operator", "?")) {
      const { at } = this.#advance();
      if (this.#accept("operator", ":")) {
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
      this.#expect("operator", ":");
      node = this.#made({ kind: "conditional", test: node, yes, no: this.#expression(), at });
    }
    return node;
  }

  #declaration(): Node {
    const { value: name, at } = this.#expectName();
    this.#expect("operator", "=");
    const value = this.#expression();
    this.#expect("operator", ";");
    return this.#made({ kind: "let", name, value, body: this.#sequence(), at });
  }

  #branches(): Node {
    const { at } = this.#expect("operator", "if");
    const test = this.#expression();
    const yes = this.#block();
    this.#expect("operator", "else");
    const no = this.#is("operator", "if") ? this.#branches() : this.#block();
    return this.#made({ kind: "conditional", test, yes, no, at });
  }

  #block(): Node {
    this.#expect("bracket", "{");
    const node = this.#sequence();
    this.#expect("bracket", "}");
    return node;
  }

  /** An operand and the operators after it that bind at least as tight as `precedence`. */
  #operation(precedence: number): Node {
    let left = this.#operand();
    let before = "";
    while (this.#token.kind === "operator") {
      const negated = this.#is("operator", "not");
      const token = negated ? this.#tokens[this.#next + 1]! : this.#token;
      if (negated && !(token.kind === "operator" && NEGATABLE.has(token.value))) {
        this.#advance();
        throw this.#unexpected();
      }
      const binds = own(BINARY, token.value);
      if (binds === undefined || binds < precedence) break;
      this.#next += negated ? 2 : 1;
      if (token.value === "|") {
        left = this.#callOf(this.#expectName(), [left]);
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
      if (this.#token.kind !== "operator" || !COMPARISONS.has(this.#token.value)) return all;
      left = right;
      token = this.#advance();
    }
  }

  #operand(): Node {
    const token = this.#token;
    if (token.kind === "operator") {
      const binds = own(UNARY, token.value);
      if (binds !== undefined) {
        this.#advance();
        const operand = this.#expression(binds);
        return this.#made({ kind: "unary", operator: token.value, operand, at: token.at });
      }
      if (token.value === "#" || token.value === ".") return this.#postfix(this.#pointer());
      if (this.#accept("operator", "::")) {
        return this.#postfix(this.#callOf(this.#expectName(), []));
      }
    }
    if (this.#accept("bracket", "(")) {
      const node = this.#sequence();
      this.#expect("bracket", ")");
      return this.#postfix(node);
    }
    return this.#atom();
  }

  /** `#`, `#name`, or nothing before the dot of a `.field`. */
  #pointer(): Node {
    const { value, at } = this.#token;
    if (this.#predicates === 0) {
      throw new Fault(`"${value}" names an element, and there is none outside a predicate`, at);
    }
    let name = "";
    if (value === "#") {
      this.#advance();
      const { kind, value: word, at: wordAt } = this.#token;
      if (kind === "name" && wordAt === at + 1) {
        if (!["acc", "index"].includes(word)) throw new Fault(`there is no "#${word}"`, at);
        name = word;
        this.#advance();
      }
    }
    return this.#made({ kind: "pointer", name, at });
  }

  #atom(): Node {
    const token = this.#token;
    const { at, value } = token;
    switch (token.kind) {
      case "name":
        this.#advance();
        if (value === "true" || value === "false") {
          return this.#made({ kind: "bool", value: value === "true", at });
        }
        if (value === "nil") return this.#made({ kind: "nil", at });
        return this.#postfix(
          this.#is("bracket", "(")
            ? this.#callOf(token, [])
            : this.#made({ kind: "name", name: value, at }),
        );
      case "number":
        this.#advance();
        return this.#made({ ...parseNumber(value, at), at });
      case "string":
        this.#advance();
        return this.#postfix(this.#made({ kind: "string", value, at }));
      case "bytes":
        this.#advance();
        return this.#postfix(
          this.#made({ kind: "bytes", value: Buffer.from(value, "latin1"), at }),
        );
    }
    if (this.#is("bracket", "[")) return this.#postfix(this.#array());
    if (this.#is("bracket", "{")) return this.#postfix(this.#map());
    throw this.#unexpected();
  }

  #array(): Node {
    const { at } = this.#expect("bracket", "[");
    return this.#made({ kind: "array", items: this.#list("]"), at });
  }

  /** Expressions with commas between them, and one after the last if you like, up to a bracket. */
  #list(end: string): Node[] {
    const items: Node[] = [];
    while (!this.#accept("bracket", end)) {
      if (items.length > 0) {
        if (!this.#accept("operator", ",")) throw this.#unexpected(`"," or "${end}"`);
        if (this.#accept("bracket", end)) break;
      }
      items.push(this.#expression());
    }
    return items;
  }

  #map(): Node {
    const { at } = this.#expect("bracket", "{");
    const pairs: { key: Node; value: Node }[] = [];
    while (!this.#accept("bracket", "}")) {
      if (pairs.length > 0) {
        if (!this.#accept("operator", ",")) throw this.#unexpected('"," or "}"');
        if (this.#accept("bracket", "}")) break;
      }
      const key = this.#key();
      this.#expect("operator", ":");
      pairs.push({ key, value: this.#expression() });
    }
    return this.#made({ kind: "map", pairs, at });
  }

  #key(): Node {
    const { kind, value, at } = this.#token;
    if (kind === "name" || kind === "string" || kind === "number") {
      this.#advance();
      return this.#made({ kind: "string", value, at });
    }
    if (this.#is("bracket", "(")) return this.#expression();
    throw this.#unexpected('a name, a text, a number or an expression in "()"');
  }

  /** The call of a builtin or of a function by its name; `args` are those piped into it. */
  #callOf({ value: name, at }: Token, args: Node[]): Node {
    if (Object.hasOwn(PREDICATES, name)) return this.#predicateCall(name, args, at);
    this.#expect("bracket", "(");
    args = [...args, ...this.#list(")")];
    if (BUILTIN_NAMES.has(name)) return this.#made({ kind: "builtin", name, args, at });
    return this.#made({ kind: "call", callee: this.#made({ kind: "name", name, at }), args, at });
  }

  #predicateCall(name: string, args: Node[], at: number): Node {
    this.#expect("bracket", "(");
    const { least, most } = PREDICATES[name]!;
    const piped = args.length;
    args = [...args];
    while (args.length < most && !this.#is("bracket", ")")) {
      if (args.length > piped) {
        this.#expect("operator", ",");
        if (this.#is("bracket", ")")) break;
      }
      args.push(args.length === 1 ? this.#predicate() : this.#expression());
    }
    this.#accept("operator", ",");
    if (args.length < least) throw this.#unexpected(`at least ${least} arguments of ${name}`);
    this.#expect("bracket", ")");
    return this.#made({ kind: "builtin", name, args, at });
  }

  #predicate(): Node {
    const { at } = this.#token;
    this.#predicates++;
    let body: Node;
    if (this.#accept("bracket", "{")) {
      body = this.#sequence();
      this.#expect("bracket", "}");
    } else {
      body = this.#expression();
      if (this.#is("operator", ";")) {
        throw new Fault('a predicate with ";" needs "{}" around it', at);
      }
    }
    this.#predicates--;
    return this.#made({ kind: "predicate", body, at });
  }

  /** What may follow an operand without a space: members, calls of them, indexes and slices. */
  #postfix(node: Node): Node {
    while (true) {
      const optional = this.#is("operator", "?.");
      if (optional || this.#is("operator", ".")) {
        this.#advance();
        node = optional && this.#is("bracket", "[")
          ? this.#index(node, true)
          : this.#field(node, optional);
      } else if (this.#is("bracket", "[")) {
        node = this.#index(node, false);
      } else {
        return node;
      }
    }
  }

  /** A chain that a `?.` began reaches as far as names follow. */
  #field(object: Node, optional: boolean): Node {
    const { kind, value, at } = this.#advance();
    if (kind !== "name" && !(kind === "operator" && /^\p{L}/u.test(value))) {
      this.#next--;
      throw this.#unexpected("a name");
    }
    const chained = object.kind === "chain";
    const property = this.#made<Node>({ kind: "string", value, at });
    let node: Node = this.#made<MemberNode>({
      kind: "member",
      object: object.kind === "chain" ? object.body : object,
      property,
      optional,
      at,
    });
    if (this.#accept("bracket", "(")) {
      node = this.#made({ kind: "call", callee: node, args: this.#list(")"), at });
    }
    return chained || optional ? this.#made({ kind: "chain", body: node, at }) : node;
  }

  #index(object: Node, optional: boolean): Node {
    const { at } = this.#expect("bracket", "[");
    const bound = () => this.#is("bracket", "]") ? undefined : this.#expression();
    const from = this.#is("operator", ":") ? undefined : this.#expression();
    if (from === undefined || this.#is("operator", ":")) {
      this.#expect("operator", ":");
      const to = bound();
      this.#expect("bracket", "]");
      return this.#made({ kind: "slice", object, from, to, at });
    }
    this.#expect("bracket", "]");
    const node = this.#made<Node>({ kind: "member", object, property: from, optional, at });
    return optional ? this.#made({ kind: "chain", body: node, at }) : node;
  }
}

function own(table: Record<string, number>, key: string): number | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}
