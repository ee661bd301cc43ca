// What a parsed expression is made of; `at` is the offset of a node in its source.

export type BuiltinName = string;

export type Node =
  | { kind: "nil"; at: number }
  | { kind: "bool"; value: boolean; at: number }
  | { kind: "int"; value: number | bigint; at: number }
  | { kind: "float"; value: number; at: number }
  | { kind: "string"; value: string; at: number }
  | { kind: "bytes"; value: Uint8Array; at: number }
  | { kind: "name"; name: string; at: number }
  | { kind: "unary"; operator: string; operand: Node; at: number }
  | { kind: "binary"; operator: string; left: Node; right: Node; at: number }
  | ChainNode
  | MemberNode
  | { kind: "slice"; object: Node; from?: Node | undefined; to?: Node | undefined; at: number }
  | { kind: "call"; callee: Node; args: Node[]; at: number }
  | BuiltinNode
  | PredicateNode
  | { kind: "pointer"; name: string; at: number }
  | { kind: "let"; name: string; value: Node; body: Node; at: number }
  | { kind: "conditional"; test: Node; yes: Node; no: Node; at: number }
  | { kind: "sequence"; nodes: Node[]; at: number }
  | { kind: "array"; items: Node[]; at: number }
  | { kind: "map"; pairs: { key: Node; value: Node }[]; at: number };

export type BinaryNode = Extract<Node, { kind: "binary" }>;

/** The operators of `a + b + c` from left to right: they nest on the left, possibly by thousands. */
export function rowOf(node: BinaryNode): BinaryNode[] {
  const row = [node];
  for (let left = node.left; left.kind === "binary"; left = left.left) row.push(left);
  return row.reverse();
}

/** How far a `?.` inside skips when it meets nil. */
export interface ChainNode {
  kind: "chain";
  body: Node;
  at: number;
}

export interface MemberNode {
  kind: "member";
  object: Node;
  property: Node;
  optional: boolean;
  at: number;
}

export interface BuiltinNode {
  kind: "builtin";
  name: BuiltinName;
  args: Node[];
  at: number;
}

/** An argument that is evaluated for each element. */
export interface PredicateNode {
  kind: "predicate";
  body: Node;
  at: number;
}
