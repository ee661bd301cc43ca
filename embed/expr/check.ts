// What is wrong with an expression before it runs: types that are known and do not fit.

import { type BinaryNode, type BuiltinNode, type MemberNode, type Node, rowOf } from "./ast.ts";
import { arityProblem, type StaticType, typeProblem } from "./builtins/signature.ts";
import { BUILTIN_NAMES } from "./builtins/names.ts";
import { BUILTINS } from "./builtins/table.ts";
import { Fault } from "./errors.ts";
import { compilePattern } from "./pattern.ts";

/** Types of the variables that `let` declared, the inner ones last. */
type Scope = { name: string; type: StaticType }[];

/** Throws a Fault for the first operator or builtin that cannot work on what it is given. */
export function check(node: Node): void {
  typeOfNode(node, []);
}

const NUMBER: StaticType[] = ["int", "float"];

function typeOfNode(node: Node, scope: Scope): StaticType {
  switch (node.kind) {
    case "nil":
    case "bool":
    case "int":
    case "float":
    case "string":
      return node.kind;
    case "bytes":
      return "list";
    case "name":
      return scope.findLast(({ name }) => name === node.name)?.type ?? "any";
    case "pointer":
      return node.name === "index" ? "int" : "any";
    case "unary":
      return unary(node, scope);
    case "binary":
      return binary(node, scope);
    case "chain":
      typeOfNode(node.body, scope);
      return "any";
    case "member":
      return member(node, scope);
    case "slice":
      return slice(node, scope);
    case "call":
      if (node.callee.kind === "member") member(node.callee, scope, true);
      else typeOfNode(node.callee, scope);
      node.args.forEach((arg) => typeOfNode(arg, scope));
      return "any";
    case "builtin":
      return builtin(node, scope);
    case "predicate":
      return typeOfNode(node.body, scope);
    case "let": {
      if (BUILTIN_NAMES.has(node.name) || scope.some(({ name }) => name === node.name)) {
        throw new Fault(`"${node.name}" has a meaning already`, node.at);
      }
      const type = typeOfNode(node.value, scope);
      return typeOfNode(node.body, [...scope, { name: node.name, type }]);
    }
    case "conditional": {
      expectBool(node.test, scope);
      return joined(typeOfNode(node.yes, scope), typeOfNode(node.no, scope));
    }
    case "sequence":
      return node.nodes.map((one) => typeOfNode(one, scope)).at(-1)!;
    case "array":
      node.items.forEach((item) => typeOfNode(item, scope));
      return "list";
    case "map":
      for (const { key, value } of node.pairs) {
        const type = typeOfNode(key, scope);
        if (type !== "string" && type !== "any") throw new Fault("a key is a text", key.at);
        typeOfNode(value, scope);
      }
      return "map";
  }
}

function joined(a: StaticType, b: StaticType): StaticType {
  if (a === "nil") return b;
  return b === "nil" || a === b ? a : "any";
}

function expectBool(node: Node, scope: Scope): void {
  const type = typeOfNode(node, scope);
  if (type !== "bool" && type !== "any") {
    throw new Fault(`a condition is true or false, not ${type}`, node.at);
  }
}

function unary(node: Extract<Node, { kind: "unary" }>, scope: Scope): StaticType {
  const { operator, at } = node;
  const type = typeOfNode(node.operand, scope);
  const logical = operator === "not" || operator === "!";
  const fits: StaticType[] = logical ? ["bool"] : [...NUMBER, "duration"];
  if (type !== "any" && !fits.includes(type)) {
    throw new Fault(`${operator} does not go with ${type}`, at);
  }
  return logical ? "bool" : type;
}

function binary(node: BinaryNode, scope: Scope): StaticType {
  const row = rowOf(node);
  let a = typeOfNode(row[0]!.left, scope);
  for (const one of row) {
    const b = typeOfNode(one.right, scope);
    const type = resultOf(one, { a, b });
    if (!type) throw new Fault(`${one.operator} does not go with ${a} and ${b}`, one.at);
    a = type;
  }
  return a;
}

/** Undefined when the operator does not go with these types. */
function resultOf(node: BinaryNode, types: Operands): StaticType | undefined {
  const rule = Object.hasOwn(RESULTS, node.operator) ? RESULTS[node.operator] : undefined;
  if (!rule) throw new Fault(`"${node.operator}" is no operator`, node.at);
  return rule(types, node);
}

/** The types on both sides. */
interface Operands {
  a: StaticType;
  b: StaticType;
}

type Result = (types: Operands, node: BinaryNode) => StaticType | undefined;

/** Whether each side is, or may be, one of these. */
function both({ a, b }: Operands, ...types: StaticType[]): boolean {
  return (a === "any" || types.includes(a)) && (b === "any" || types.includes(b));
}

function areKnown({ a, b }: Operands): boolean {
  return a !== "any" && b !== "any";
}

/** Of two numbers. */
function arithmetic(types: Operands): StaticType {
  if (!areKnown(types)) return "any";
  return types.a === "int" && types.b === "int" ? "int" : "float";
}

const equality: Result = (types) => {
  const { a, b } = types;
  const fits = a === b || !areKnown(types) || a === "nil" || b === "nil" ||
    both(types, ...NUMBER, "duration");
  return fits ? "bool" : undefined;
};

const logic: Result = (types) => both(types, "bool") ? "bool" : undefined;

const order: Result = (types) =>
  both(types, ...NUMBER) || both(types, "string") || both(types, "time") ||
    both(types, "duration")
    ? "bool"
    : undefined;

const sum: Result = (types) => {
  const { a, b } = types;
  if (both(types, ...NUMBER)) return arithmetic(types);
  if (both(types, "string")) return areKnown(types) ? "string" : "any";
  if (a === "duration" && b === "duration") return a;
  if (!both(types, "time", "duration") || (a === "time" && b === "time")) return undefined;
  return areKnown(types) ? "time" : "any";
};

const difference: Result = (types) => {
  const { a, b } = types;
  if (both(types, ...NUMBER)) return arithmetic(types);
  if (a === "time" && b === "duration") return "time";
  const fits = both(types, "time") || both(types, "duration") ||
    (a === "any" && b === "duration") || (a === "time" && b === "any");
  if (!fits) return undefined;
  return areKnown(types) ? "duration" : "any";
};

const product: Result = (types) => {
  if (both(types, ...NUMBER)) return arithmetic(types);
  return both(types, ...NUMBER, "duration") ? "any" : undefined;
};

const quotient: Result = (types) => both(types, ...NUMBER) ? "float" : undefined;

const remainder: Result = (types, { right, at }) => {
  if (right.kind === "int" && right.value === 0) throw new Fault("division by zero", at);
  return both(types, "int") ? "int" : undefined;
};

const ofTexts: Result = (types) => both(types, "string") ? "bool" : undefined;

const match: Result = (types, { right }) => {
  if (right.kind === "string") compilePattern(right.value, right.at);
  return both(types, "string") ? "bool" : undefined;
};

/** What each operator makes of what is on its sides. */
const RESULTS: Readonly<Record<string, Result>> = {
  "==": equality,
  "!=": equality,
  and: logic,
  "&&": logic,
  or: logic,
  "||": logic,
  "<": order,
  ">": order,
  "<=": order,
  ">=": order,
  "+": sum,
  "-": difference,
  "*": product,
  "/": quotient,
  "**": quotient,
  "^": quotient,
  "%": remainder,
  "..": (types) => both(types, "int") ? "list" : undefined,
  in: ({ a, b }) => memberTest(a, b),
  matches: match,
  contains: ofTexts,
  startsWith: ofTexts,
  endsWith: ofTexts,
  "??": ({ a, b }) => joined(a, b),
};

function memberTest(a: StaticType, b: StaticType): StaticType | undefined {
  if (b === "any" || b === "list" || b === "nil") return "bool";
  if (b === "map") return ["any", "string", "nil"].includes(a) ? "bool" : undefined;
  return undefined;
}

/** Types with fields or elements: those with methods have nothing else. */
const READABLE: StaticType[] = ["any", "list", "map", "nil"];
const WITH_METHODS: StaticType[] = ["time", "duration", "zone"];

function member(node: MemberNode, scope: Scope, called = false): StaticType {
  const object = typeOfNode(node.object, scope);
  const property = typeOfNode(node.property, scope);
  if (called && WITH_METHODS.includes(object)) return "any";
  const fits = object === "list"
    ? ["any", "int"].includes(property)
    : object === "map"
    ? ["any", "string", "nil"].includes(property)
    : READABLE.includes(object);
  if (fits) return "any";
  throw new Fault(`cannot read an element by ${property} of ${object}`, node.at);
}

function slice(node: Extract<Node, { kind: "slice" }>, scope: Scope): StaticType {
  const type = typeOfNode(node.object, scope);
  if (!["any", "list", "string"].includes(type)) throw new Fault(`cannot slice ${type}`, node.at);
  for (const bound of [node.from, node.to]) {
    if (!bound) continue;
    const index = typeOfNode(bound, scope);
    if (index !== "int" && index !== "any") {
      throw new Fault(`a slice goes from int to int, not ${index}`, bound.at);
    }
  }
  return type;
}

/** What builtins with predicates give, and which of them ask their predicate a question. */
const PREDICATES: Record<string, { gives: StaticType; asks: boolean }> = {
  all: { gives: "bool", asks: true },
  any: { gives: "bool", asks: true },
  one: { gives: "bool", asks: true },
  none: { gives: "bool", asks: true },
  count: { gives: "int", asks: true },
  filter: { gives: "list", asks: true },
  find: { gives: "any", asks: true },
  findIndex: { gives: "any", asks: true },
  findLast: { gives: "any", asks: true },
  findLastIndex: { gives: "any", asks: true },
  groupBy: { gives: "any", asks: false },
  map: { gives: "list", asks: false },
  reduce: { gives: "any", asks: false },
  sortBy: { gives: "list", asks: false },
  sum: { gives: "any", asks: false },
};

function builtin(node: BuiltinNode, scope: Scope): StaticType {
  const types = node.args.map((arg) => typeOfNode(arg, scope));
  const { name, at } = node;
  if (Object.hasOwn(PREDICATES, name)) {
    const { gives, asks } = PREDICATES[name]!;
    const [list, predicate] = types as [StaticType, StaticType | undefined];
    if (list !== "any" && list !== "list") throw new Fault(`${name} takes a list, not ${list}`, at);
    if (asks && predicate !== undefined && predicate !== "bool" && predicate !== "any") {
      throw new Fault(
        `the predicate of ${name} is true or false, not ${predicate}`,
        node.args[1]!.at,
      );
    }
    return gives;
  }
  const called = BUILTINS[name]!;
  const problem = arityProblem(name, called, types.length);
  if (problem) throw new Fault(problem, at);
  types.forEach((type, i) => {
    const problem = typeProblem(name, called, { i, type });
    if (problem) throw new Fault(problem, node.args[i]!.at);
  });
  return called.gives;
}
