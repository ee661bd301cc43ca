// How the boxes of one list of steps, and the arrows between them, become one block of text.

import type { PictureEdge, PictureNode } from "../picture.ts";
import { boxOf } from "./boxes.ts";
import { type Block, Canvas } from "./canvas.ts";
import { acyclic } from "./cycles.ts";
import { type Entry, layersOf } from "./layers.ts";
import { netsOf } from "../nets.ts";
import { place } from "./places.ts";
import { type Channel, channelOf, drawChannel } from "./routes.ts";

export interface Arranged {
  block: Block;
  /** Column at which whoever leads into the list ends. */
  entry: number;
}

/** What a whole picture is arranged by. */
export interface Plan {
  /** The arrows whose ends stand in the list that the step belongs to, by that list. */
  edgesOf(nodes: readonly PictureNode[]): PictureEdge[];
  /** Takes note of arrows that lead back up, which are told instead of drawn. */
  back(edges: readonly PictureEdge[]): void;
}

/** Lays a list out in at most so many columns, unless a single box needs more. */
export function arrange(nodes: readonly PictureNode[], most: number, plan: Plan): Arranged {
  const blocks = new Map<number, Block>();
  for (const node of nodes) {
    blocks.set(node.key, boxOf(node, most, (group, room) => arrange(group.nodes, room, plan)));
  }
  const widths = new Map([...blocks].map(([key, block]) => [key, block[0]!.length]));
  const { order, edges, back } = acyclic(nodes.map(({ key }) => key), plan.edgesOf(nodes));
  plan.back(back);
  const nets = netsOf(edges);
  const rows = layersOf(order, nets, { widths, most });
  place(rows, nets, Math.max(most, ...widths.values()));
  return drawn(rows, blocks, channelsOf(rows, nets));
}

function channelsOf(rows: Entry[][], nets: ReturnType<typeof netsOf>): Channel[] {
  return rows.slice(1).map((lower, i) => channelOf(rows[i]!, lower, nets));
}

function drawn(rows: Entry[][], blocks: Map<number, Block>, channels: Channel[]): Arranged {
  const canvas = new Canvas();
  let y = 0;
  rows.forEach((row, i) => {
    const heights = row.map(({ key }) => key === undefined ? 0 : blocks.get(key)!.length);
    for (const { key, x } of row) if (key !== undefined) canvas.block(x, y, blocks.get(key)!);
    const height = Math.max(...heights);
    const channel = channels[i];
    if (channel) {
      const top = y;
      const below = (entry: Entry) => top + (heights[row.indexOf(entry)] ?? 0);
      drawChannel(canvas, channel, y + height, below);
      for (const { tops } of channel.wires) {
        for (const { x, entry } of tops) {
          if (entry.key !== undefined) canvas.text(x, below(entry) - 1, "┬");
        }
      }
    }
    y += height + (channel?.height ?? 0);
  });
  const block = canvas.cells();
  const [first] = rows[0]!;
  const left = Math.min(...rows.flat().filter((one) => one.key !== undefined).map(({ x }) => x));
  const width = block[0]!.length;
  const entry = rows[0]!.length === 1 ? first!.x - left + (first!.width >> 1) : width >> 1;
  return { block, entry };
}
