// How one step looks: a box with its text, around the steps that it holds.

import type { PictureGroup, PictureNode } from "../picture.ts";
import { TAGS } from "../palette.ts";
import { type Block, Canvas } from "./canvas.ts";
import { fitted, widthOf } from "./width.ts";

/** Columns between branches that stand side by side. */
const GAP = 2;
/** No box is narrower than this many columns of text, however little room there is. */
const NARROWEST = 8;

const BORDERS = {
  square: "┌─┐│└┘├┤┬",
  round: "╭─╮│╰╯├┤┬",
  double: "╔═╗║╚╝╟╢┬",
} as const;

const BORDER_OF: Readonly<Record<PictureNode["shape"], keyof typeof BORDERS>> = {
  box: "square",
  diamond: "square",
  subroutine: "square",
  hexagon: "round",
  stadium: "round",
  circle: "round",
  folded: "double",
};

/** What tells kinds apart that have the same border. */
const MARKS: Partial<Record<PictureNode["shape"], string>> = {
  diamond: "◇ ",
  hexagon: "? ",
  stadium: "◷ ",
};

interface Branch {
  label: string;
  block: Block;
  /** Column of the arrow that leads into it. */
  entry: number;
}

/** The steps of a group laid out, with the column of the first one's arrow. */
export type Inside = (group: PictureGroup, most: number) => { block: Block; entry: number };

export function boxOf(node: PictureNode, most: number, inside: Inside): Block {
  const room = Math.max(NARROWEST, most - 4);
  const branches = node.groups.filter(({ nodes }) => nodes.length > 0)
    .map((group) => branchOf(group, room, inside));
  const rows = packed(branches, room);
  const texts = textsOf(node).map((line) => fitted(line, room));
  const width = Math.max(...texts.map(widthOf), ...rows.map(widthOfRow));
  const [tl, h, tr, v, bl, br, left, right, entry] = BORDERS[BORDER_OF[node.shape]];
  const canvas = new Canvas();
  let y = 0;
  const frame = (cells: readonly string[] | string) => {
    canvas.text(0, y, v!);
    canvas.text(width + 3, y, v!);
    if (typeof cells === "string") canvas.text(2, y, cells);
    y++;
  };
  const rule = (from: string, to: string) => canvas.text(0, y++, from + h!.repeat(width + 2) + to);
  rule(tl!, tr!);
  const centred = node.shape === "circle";
  for (const text of texts) {
    frame(centred ? " ".repeat((width - widthOf(text)) >> 1) + text : text);
  }
  for (const row of rows) {
    rule(left!, right!);
    let x = 2 + ((width - widthOfRow(row)) >> 1);
    const height = Math.max(...row.map(({ block }) => block.length));
    const top = y;
    for (let i = 0; i < height + 2; i++) frame([]);
    for (const branch of row) {
      const of = widthOfBranch(branch);
      const at = x + ((of - widthOfBlock(branch.block)) >> 1);
      const middle = at + branch.entry;
      canvas.text(middle, top - 1, entry!);
      const label = widthOf(branch.label);
      const start = Math.min(Math.max(x, middle - (label >> 1)), x + of - label);
      canvas.text(start, top, branch.label);
      canvas.text(middle, top + 1, "▼");
      canvas.block(at, top + 2, branch.block);
      x += of + GAP;
    }
  }
  rule(bl!, br!);
  return canvas.cells();
}

function textsOf(node: PictureNode): string[] {
  const [first, ...rest] = node.label;
  const state = [node.status && TAGS[node.status], node.remark].filter(Boolean).join(" ");
  const lines = [(MARKS[node.shape] ?? "") + first, ...rest];
  return state === "" ? lines : [...lines, state];
}

function branchOf(group: PictureGroup, room: number, inside: Inside): Branch {
  const { block, entry } = inside(group, room);
  const label = fitted(group.repeats ? `↻ ${group.label}` : group.label, room);
  return { label, block, entry };
}

/** As many beside each other as there is room for. */
function packed(branches: readonly Branch[], room: number): Branch[][] {
  const rows: Branch[][] = [];
  for (const branch of branches) {
    const last = rows.at(-1);
    if (last && widthOfRow([...last, branch]) <= room) last.push(branch);
    else rows.push([branch]);
  }
  return rows;
}

function widthOfBlock(block: Block): number {
  return block[0]?.length ?? 0;
}

function widthOfBranch({ label, block }: Branch): number {
  return Math.max(widthOf(label), widthOfBlock(block));
}

function widthOfRow(row: readonly Branch[]): number {
  return row.reduce((sum, branch) => sum + widthOfBranch(branch) + GAP, -GAP);
}
