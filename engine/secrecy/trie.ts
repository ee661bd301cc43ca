// How many texts are looked for at once, in one pass whose cost does not depend on them.
//
// The automaton of A. V. Aho and M. J. Corasick, "Efficient string matching: an aid to bibliographic
// search", Communications of the ACM 18(6), 1975: a trie of the texts, and in each node the link to
// the longest proper suffix of what has been read that is in the trie too. Nodes are rows of typed
// arrays, and the children of a node a list: nearly all nodes have one.

/** Of all arrays a row is a node, 0 the root; as the value of a row 0 means none. */
export interface Trie {
  /** UTF-16 unit that leads to the node. */
  readonly unit: Uint16Array;
  /** How many units lead to it. */
  readonly depth: Uint8Array;
  readonly child: Int32Array;
  readonly sibling: Int32Array;
  readonly link: Int32Array;
  /** The nearest node in which a text ends: the node itself, or on the way of its links. */
  readonly ends: Int32Array;
  /** Number of the text that ends in the node. */
  readonly number: Int32Array;
  /** The root's children by unit, for those below 256. */
  readonly first: Int32Array;
}

/** Nodes that are linked at once. */
const PIECE = 4096;

export class TrieBuilder {
  /** Nodes, the root included. */
  size = 1;
  /** Units of the shortest text. */
  shortest = 255;
  #unit = new Uint16Array(1024);
  #depth = new Uint8Array(1024);
  #child = new Int32Array(1024);
  #sibling = new Int32Array(1024);
  #number = new Int32Array(1024).fill(-1);
  readonly #first = new Int32Array(256);

  /** Adds a text of 1 to 255 units. Returns its number: this one, or that of the same text before. */
  add(text: string, number: number): number {
    let node = 0;
    for (let at = 0; at < text.length; at++) {
      const unit = text.charCodeAt(at);
      let next = node === 0 && unit < 256 ? this.#first[unit]! : this.#child[node]!;
      while (next !== 0 && this.#unit[next] !== unit) next = this.#sibling[next]!;
      node = next || this.#grow(node, unit);
    }
    this.shortest = Math.min(this.shortest, text.length);
    if (this.#number[node]! < 0) this.#number[node] = number;
    return this.#number[node]!;
  }

  /** The trie of all texts so far, in pieces; the builder is of no use afterwards. */
  *build(): Generator<void, Trie> {
    const { size } = this;
    const trie: Trie = {
      unit: this.#unit.slice(0, size),
      depth: this.#depth.slice(0, size),
      child: this.#child.slice(0, size),
      sibling: this.#sibling.slice(0, size),
      number: this.#number.slice(0, size),
      first: this.#first,
      link: new Int32Array(size),
      ends: new Int32Array(size),
    };
    const queue = new Int32Array(size);
    let length = 0;
    const enter = (node: number, link: number) => {
      trie.link[node] = link;
      trie.ends[node] = trie.number[node]! >= 0 ? node : trie.ends[link]!;
      queue[length++] = node;
    };
    for (let node = trie.child[0]!; node !== 0; node = trie.sibling[node]!) enter(node, 0);
    for (let at = 0; at < length; at++) {
      if (at % PIECE === 0) yield;
      const parent = queue[at]!;
      for (let node = trie.child[parent]!; node !== 0; node = trie.sibling[node]!) {
        enter(node, nextNode(trie, trie.link[parent]!, trie.unit[node]!));
      }
    }
    return trie;
  }

  #grow(parent: number, unit: number): number {
    const node = this.size++;
    if (node === this.#unit.length) this.#double();
    this.#unit[node] = unit;
    this.#depth[node] = this.#depth[parent]! + 1;
    this.#number[node] = -1;
    this.#sibling[node] = this.#child[parent]!;
    this.#child[parent] = node;
    if (parent === 0 && unit < 256) this.#first[unit] = node;
    return node;
  }

  #double(): void {
    this.#unit = doubled(this.#unit);
    this.#depth = doubled(this.#depth);
    this.#child = doubled(this.#child);
    this.#sibling = doubled(this.#sibling);
    this.#number = doubled(this.#number);
  }
}

/** The node for which the unit follows on this very one; 0 when there is none. */
export function childNode(trie: Trie, node: number, unit: number): number {
  if (node === 0 && unit < 256) return trie.first[unit]!;
  let child = trie.child[node]!;
  while (child !== 0 && trie.unit[child] !== unit) child = trie.sibling[child]!;
  return child;
}

/** The node after one more unit: of the longest text's beginning that ends with it. */
export function nextNode(trie: Trie, from: number, unit: number): number {
  const { child, sibling, link } = trie;
  const units = trie.unit;
  let node = from;
  while (node !== 0) {
    let next = child[node]!;
    while (next !== 0 && units[next] !== unit) next = sibling[next]!;
    if (next !== 0) return next;
    node = link[node]!;
  }
  return childNode(trie, 0, unit);
}

/** The next node after one in which a text ends, on the way of its links; 0 when there is none. */
export function nextEnd({ ends, link }: Trie, node: number): number {
  return ends[link[node]!]!;
}

function doubled<A extends Uint8Array | Uint16Array | Int32Array>(array: A): A {
  const larger = new (array.constructor as new (length: number) => A)(array.length * 2);
  larger.set(array);
  return larger;
}
