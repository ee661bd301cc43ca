// What an Expr program reads of its environment, found in its tree.

import type { Reads } from "../reads.ts";
import { type MemberNode, type Node, rowOf } from "./ast.ts";

/**
 * A member that is named counts alone, a variable that is used otherwise with all its members. A name
 * that `let` declares counts as if it were a variable too: that is more than is read, never less.
 */
export function readsOfNode(root: Node): Reads {
  const reads = new Map<string, Set<string> | "all">();
  const open = [root];
  for (let node = open.pop(); node; node = open.pop()) {
    const member = node.kind === "member" ? memberOf(node) : undefined;
    if (member) {
      const known = reads.get(member.variable);
      if (known === undefined) reads.set(member.variable, new Set([member.name]));
      else if (known !== "all") known.add(member.name);
      continue;
    }
    const variable = variableOf(node);
    if (variable !== undefined) reads.set(variable, "all");
    else if (node.kind === "name" && node.name === "$env") return "all";
    else open.push(...partsOf(node));
  }
  return withInputs(reads);
}

/** Every variable may be an input. */
function withInputs(reads: Map<string, Set<string> | "all">): Reads {
  const known = reads.get("inputs");
  if (known !== "all") reads.set("inputs", new Set([...reads.keys(), ...known ?? []]));
  return reads;
}

function memberOf({ object, property }: MemberNode) {
  const variable = variableOf(object);
  if (variable === undefined || property.kind !== "string") return undefined;
  return { variable, name: property.value };
}

/** The variable that a node is: `x`, `$env.x` or `$env["x"]`. */
export function variableOf(node: Node): string | undefined {
  if (node.kind === "name") return node.name === "$env" ? undefined : node.name;
  if (node.kind !== "member" || node.property.kind !== "string") return undefined;
  const { object, property } = node;
  return object.kind === "name" && object.name === "$env" ? property.value : undefined;
}

/** The nodes right below one. */
export function partsOf(node: Node): Node[] {
  switch (node.kind) {
    case "unary":
      return [node.operand];
    case "binary": {
      const row = rowOf(node);
      return [row[0]!.left, ...row.map(({ right }) => right)];
    }
    case "chain":
    case "predicate":
      return [node.body];
    case "member":
      return [node.object, node.property];
    case "slice":
      return [node.object, node.from, node.to].filter((part) => part !== undefined);
    case "call":
      return [node.callee, ...node.args];
    case "builtin":
      return node.args;
    case "let":
      return [node.value, node.body];
    case "conditional":
      return [node.test, node.yes, node.no];
    case "sequence":
      return node.nodes;
    case "array":
      return node.items;
    case "map":
      return node.pairs.flatMap(({ key, value }) => [key, value]);
    default:
      return [];
  }
}
