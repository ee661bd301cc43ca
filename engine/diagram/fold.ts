// How a picture with too many boxes for its format becomes one of few: what is alike stands as one.

import { arrowsOf } from "../../embed/diagram/nets.ts";
import {
  allNodes,
  type Picture,
  type PictureEdge,
  type PictureNode,
} from "../../embed/diagram/picture.ts";
import { foldsOf, stageFolds } from "./foldable.ts";
import { apply, rejoined, trim } from "./together.ts";

/** Arrows that are not looked at for which of them are drawn as one: they are too many anyway. */
const COUNTLESS = 10_000;
/** How many of its boxes a picture keeps at a time when it is its arrows that are too many. */
const KEPT_AT_A_TIME = 0.8;

/** How much can be read. */
export interface Readable {
  boxes: number;
  arrows: number;
  /** Steps that are alike, or branches of one step, side by side; absent where they wrap. */
  beside?: number;
  /** Whether arrows of all to all do not meet in a point: each counts. */
  apart?: boolean;
}

/**
 * Folds until no more boxes and arrows are left than can be read, or nothing more can be folded: the
 * steps inside others, long chains, and steps that follow the same ones and are followed by the same
 * ones; where there are none of these, steps side by side whatever their arrows, and these one after
 * another. Largest first; a note says how many steps stand together. The picture is changed. May
 * pause in between.
 */
export function* fold(picture: Picture, readable: Readable): Generator<void, Picture> {
  yield* narrow(picture, readable);
  let isSpared = true;
  let boxes = countOf(picture);
  for (;;) {
    const most = boxes > readable.boxes
      ? readable.boxes
      : isTangle(picture, readable)
      ? Math.floor(boxes * KEPT_AT_A_TIME)
      : boxes;
    if (boxes <= most) break;
    yield;
    const found = yield* foldsOf(picture, isSpared);
    if (found.length === 0) found.push(...yield* stageFolds(picture, isSpared, boxes - most));
    if (found.length === 0) {
      if (!isSpared) break;
      isSpared = false;
      continue;
    }
    found.sort((a, b) => b.saved - a.saved);
    const renamed = new Map<number, number>();
    const touched = new Set<PictureNode>();
    for (const one of found) {
      if (boxes <= most) break;
      trim(one, boxes - most);
      const nodes = one.kind === "inside" ? [one.node] : one.nodes;
      if (nodes.some((node) => touched.has(node))) continue;
      for (const node of nodes) touched.add(node);
      apply(one, renamed);
      boxes -= one.saved;
    }
    yield;
    picture.edges = withoutImplied(rejoined(picture.edges, renamed), picture.nodes);
  }
  note(picture);
  return picture;
}

/** How many boxes a picture has. */
export function countOf({ nodes }: Picture): number {
  let count = 0;
  for (const _ of allNodes(nodes)) count++;
  return count;
}

/** However few boxes there are: what lies far to the sides is not seen beside the rest. */
function* narrow(picture: Picture, { beside = Infinity }: Readable): Generator<void, void> {
  if (countOf(picture) <= beside) return;
  const renamed = new Map<number, number>();
  for (const one of [...yield* foldsOf(picture, true), ...yield* foldsOf(picture, false)]) {
    const wide = one.kind === "twins"
      ? one.nodes.length
      : one.kind === "inside"
      ? one.node.groups.length
      : 0;
    if (wide <= beside) continue;
    trim(one, 0);
    const nodes = one.kind === "inside" ? [one.node] : one.nodes;
    if (!nodes.some(({ key, shape }) => renamed.has(key) || shape === "folded")) {
      apply(one, renamed);
    }
  }
  picture.edges = rejoined(picture.edges, renamed);
}

function isTangle({ edges }: Picture, { arrows, apart = false }: Readable): boolean {
  if (edges.length <= arrows) return false;
  return apart || edges.length > COUNTLESS || arrowsOf(edges) > arrows;
}

/**
 * Some step in most large boxes is a first or a last one; of boxes that others lead to or follow, the
 * arrows from Start and to End would hide all others.
 */
function withoutImplied(edges: PictureEdge[], nodes: readonly PictureNode[]): PictureEdge[] {
  const folded = new Set(nodes.filter(({ shape }) => shape === "folded").map(({ key }) => key));
  const circles = new Set(nodes.filter(({ holds }) => holds === 0).map(({ key }) => key));
  const [reached, followed] = [new Set<number>(), new Set<number>()];
  for (const { from, to, dashed } of edges) {
    if (dashed || circles.has(from) || circles.has(to)) continue;
    reached.add(to);
    followed.add(from);
  }
  return edges.filter(({ from, to, dashed }) =>
    dashed || !(
      circles.has(from) && folded.has(to) && reached.has(to) ||
      circles.has(to) && folded.has(from) && followed.has(from)
    )
  );
}

function note(picture: Picture): void {
  let [steps, single] = [0, 0];
  for (const { holds } of allNodes(picture.nodes)) {
    steps += holds;
    if (holds === 1) single++;
  }
  if (single < steps) {
    picture.notes = [`${steps - single} of ${steps} steps are drawn together, to be readable`];
  }
}
