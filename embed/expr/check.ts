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
function resultOf(
  node: BinaryNode,
  { a, b }: { a: StaticType; b: StaticType },
): StaticType | undefined {
  const both = (...types: StaticType[]) =>
    (a === "any" || types.includes(a)) && (b === "any" || types.includes(b));
  const known = a !== "any" && b !== "any";
  const arithmetic = () => known ? (a === "int" && b === "int" ? "int" : "float") : "any";
  switch (node.operator) {
    case "==":
    case "!=":
      return a === b || !known || a === "nil" || b === "nil" ||
          both(...NUMBER, "duration")
        ? "bool"
        : undefined;
    case "and":
    case "&&":
    case "or":
    case "||":
      return both("bool") ? "bool" : undefined;
    case "<":
    case ">":
    case "<=":
    case ">=":
      return both(...NUMBER) || both("string") || both("time") || both("duration")
        ? "bool"
        : undefined;
    case "+":
      if (both(...NUMBER)) return arithmetic();
      if (both("string")) return known ? "string" : "any";
      if (a === "duration" && b === "duration") return a;
      return both("time", "duration") && !(a === "time" && b === "time")
        ? (known ? "time" : "any")
        : undefined;
    case "-":
      if (both(...NUMBER)) return arithmetic();
      if (a === "time" && b === "duration") return "time";
      return both("time") || both("duration") || (a === "any" && b === "duration") ||
          (a === "time" && b === "any")
        ? (known ? "duration" : "any")
        : undefined;
    case "*":
      if (both(...NUMBER)) return arithmetic();
      return both(...NUMBER, "duration") ? "any" : undefined;
    case "/":
    case "**":
    case "^":
      return both(...NUMBER) ? "float" : undefined;
    case "%":
      if (node.right.kind === "int" && node.right.value === 0) {
        throw new Fault("division by zero", node.at);
      }
      return both("int") ? "int" : undefined;
    case "..":
      return both("int") ? "list" : undefined;
    case "in":
      return memberTest(a, b);
    case "matches":
      if (node.right.kind === "string") compilePattern(node.right.value, node.right.at);
      return both("string") ? "bool" : undefined;
    case "contains":
    case "startsWith":
    case "endsWith":
      return both("string") ? "bool" : undefined;
    case "??":
      return joined(a, b);
  }
  throw new Fault(`"${node.operator}" is no operator`, node.at);
}

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
