// Which names of its environment an Expr program uses, found in its tree.

import { type MemberNode, type Node, rowOf } from "./ast.ts";
import { partsOf, variableOf } from "./reads.ts";

/** A name that no `let` of the program declares. */
export interface FreeName {
  name: string;
  /** The members that are read of it by their names, the first of each chain. */
  members: string[];
  /** Whether the program asks whether there is such a thing: `??`, `?.`, a comparison with nil. */
  asked: boolean;
}

/** More names, and more members of each, are left out. */
const MOST = 200;

interface Place {
  node: Node;
  /** Names that `let` has declared around it. */
  declared: readonly string[];
  asked: boolean;
}

/** The names in the order in which they stand. */
export function freeNamesOf(root: Node): FreeName[] {
  const found = new Map<string, { members: Set<string>; asked: boolean }>();
  const open: Place[] = [{ node: root, declared: [], asked: false }];
  for (let place = open.pop(); place; place = open.pop()) {
    const { node, declared, asked } = place;
    const name = nameOf(node, declared);
    if (name !== undefined) {
      note(found, name, { asked });
      continue;
    }
    const of = node.kind === "member" ? nameOf(node.object, declared) : undefined;
    if (of !== undefined) {
      const { property, optional } = node as MemberNode;
      const member = property.kind === "string" ? property.value : undefined;
      note(found, of, { asked: asked || optional, member });
      if (member === undefined) open.push({ node: property, declared, asked: false });
      continue;
    }
    open.push(...placesIn(place).reverse());
  }
  return [...found].map(([name, { members, asked }]) => ({ name, members: [...members], asked }));
}

function note(
  found: Map<string, { members: Set<string>; asked: boolean }>,
  name: string,
  { asked, member }: { asked: boolean; member?: string | undefined },
): void {
  let known = found.get(name);
  if (!known) {
    if (found.size >= MOST) return;
    found.set(name, known = { members: new Set(), asked: false });
  }
  known.asked ||= asked;
  if (member !== undefined && known.members.size < MOST) known.members.add(member);
}

/** The variable that a node is, unless it is a name that is declared. */
function nameOf(node: Node, declared: readonly string[]): string | undefined {
  return node.kind === "name" && declared.includes(node.name) ? undefined : variableOf(node);
}

/** What is below a node that is no name. */
function placesIn({ node, declared, asked }: Place): Place[] {
  const plain = (part: Node): Place => ({ node: part, declared, asked: false });
  switch (node.kind) {
    case "let":
      return [
        plain(node.value),
        { node: node.body, declared: [...declared, node.name], asked: false },
      ];
    case "binary": {
      const row = rowOf(node);
      const isAsked = row.some((one) => one.operator === "??" || comparesNil(one));
      return [row[0]!.left, ...row.map(({ right }) => right)]
        .map((part) => ({ node: part, declared, asked: isAsked }));
    }
    case "chain":
    case "member":
      return partsOf(node).map((part) => ({ node: part, declared, asked }));
    default:
      return partsOf(node).map(plain);
  }
}

function comparesNil({ operator, left, right }: Extract<Node, { kind: "binary" }>): boolean {
  return (operator === "==" || operator === "!=") && (left.kind === "nil" || right.kind === "nil");
}
