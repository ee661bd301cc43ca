// How the arrows between two rows run: from the boxes above to those below, each line on its own track.

import type { Canvas } from "./canvas.ts";
import type { Entry } from "./layers.ts";
import type { Net } from "../nets.ts";
import { enters, leaves } from "./places.ts";
import { widthOf } from "./width.ts";

/** One line's ends above and below, by column. */
interface Wire {
  net: Net;
  tops: { x: number; entry: Entry }[];
  bottoms: { x: number; entry: Entry }[];
  track: number;
}

export interface Channel {
  wires: Wire[];
  /** Rows that it takes. */
  height: number;
}

/** Plans the lines between two rows; those that pass through the lower one are moved aside if need be. */
export function channelOf(upper: Entry[], lower: Entry[], nets: readonly Net[]): Channel {
  const wires: Wire[] = [];
  for (const net of nets) {
    const tops = upper.filter((entry) => leaves(entry, net));
    const bottoms = lower.filter((entry) => enters(entry, net));
    if (tops.length === 0 || bottoms.length === 0) continue;
    const at = (entry: Entry) => ({ x: entry.x + (entry.width >> 1), entry });
    wires.push({ net, tops: tops.map(at), bottoms: bottoms.map(at), track: -1 });
  }
  for (const entry of upper) if (entry.key !== undefined) spread(entry, wires, "tops", "bottoms");
  for (const entry of lower) if (entry.key !== undefined) spread(entry, wires, "bottoms", "tops");
  for (const wire of wires) for (const end of wire.bottoms) makeWay(end, wire, wires);
  const tracks = assignTracks(wires);
  // An arrow alone does not show how its line is drawn.
  const isTold = wires.some(({ net }) => net.stroke !== "plain");
  return { wires, height: (tracks === 0 && isTold ? 1 : tracks) + 1 };
}

type Side = "tops" | "bottoms";

/** Several lines at one side of a box stand beside each other, in the order of where they lead. */
function spread(entry: Entry, wires: readonly Wire[], side: Side, other: Side): void {
  const ends = wires.flatMap((wire) => {
    const end = wire[side].find((one) => one.entry === entry);
    return end ? [{ end, aim: mean(wire[other].map(({ x }) => x)) }] : [];
  });
  if (ends.length < 2) return;
  ends.sort((a, b) => a.aim - b.aim);
  const step = ends.length * 2 - 1 <= entry.width - 2 ? 2 : 1;
  const middle = entry.x + (entry.width >> 1);
  const first = middle - ((ends.length - 1) * step >> 1);
  ends.forEach(({ end }, i) => {
    end.x = Math.max(entry.x + 1, Math.min(entry.x + entry.width - 2, first + i * step));
  });
}

/** A line ends where no other begins, and right below its own beginning where that is near. */
function makeWay(end: { x: number; entry: Entry }, wire: Wire, wires: readonly Wire[]): void {
  const taken = new Set<number>();
  for (const other of wires) {
    if (other !== wire) { for (const { x } of other.tops) taken.add(x); }
    for (const one of other.bottoms) if (one !== end) taken.add(one.x);
  }
  const { entry } = end;
  const isLine = entry.key === undefined;
  const [least, most] = isLine
    ? [entry.x - 1, entry.x + entry.width]
    : [entry.x + 1, entry.x + entry.width - 2];
  const near = wire.tops.length === 1 && wire.bottoms.length === 1 ? wire.tops[0]!.x : end.x;
  const aim = Math.abs(near - end.x) <= entry.width / 3 ? near : end.x;
  for (let off = 0; off <= entry.width; off++) {
    const free = [aim + off, aim - off].find((x) => x >= least && x <= most && !taken.has(x));
    if (free === undefined) continue;
    end.x = free;
    if (isLine) entry.x = free - (entry.width >> 1);
    return;
  }
}

/** Lines that overlap run below each other; the answer is how many tracks there are. */
function assignTracks(wires: readonly Wire[]): number {
  const bent = wires.filter((wire) => {
    const [least, most] = spanOf(wire);
    return least !== most;
  });
  // What leads far to a side is turned off before what it would cross otherwise.
  bent.sort((a, b) => crossings(a, b) - crossings(b, a) || spanOf(a)[0] - spanOf(b)[0]);
  let tracks = 0;
  const placed: Wire[] = [];
  for (const wire of bent) {
    const overlapping = placed.filter((other) => overlap(wire, other));
    wire.track = 1 + Math.max(-1, ...overlapping.map(({ track }) => track));
    placed.push(wire);
    tracks = Math.max(tracks, wire.track + 1);
  }
  return tracks;
}

/** How often two lines cross when `a` runs above `b`. */
function crossings(a: Wire, b: Wire): number {
  const inside = ([least, most]: [number, number], x: number) => x > least && x < most;
  return b.tops.filter(({ x }) => inside(spanOf(a), x)).length +
    a.bottoms.filter(({ x }) => inside(spanOf(b), x)).length;
}

function spanOf({ tops, bottoms }: Wire): [number, number] {
  const all = [...tops, ...bottoms].map(({ x }) => x);
  return [Math.min(...all), Math.max(...all)];
}

function overlap(a: Wire, b: Wire): boolean {
  const [from, to] = spanOf(a);
  const [start, end] = spanOf(b);
  return from <= end + 1 && start <= to + 1;
}

function mean(all: readonly number[]): number {
  return all.reduce((sum, one) => sum + one, 0) / all.length;
}

/** Draws the lines of a channel whose first row is `y`; lines begin in row `from(entry)`. */
export function drawChannel(
  canvas: Canvas,
  { wires, height }: Channel,
  y: number,
  from: (entry: Entry) => number,
): void {
  const last = y + height - 1;
  for (const { net, tops, bottoms, track } of wires) {
    const line = { net: net.id, stroke: net.stroke };
    const level = y + track;
    if (track < 0) canvas.down(tops[0]!.x, from(tops[0]!.entry), last, line);
    else {
      for (const { x, entry } of tops) canvas.down(x, from(entry), level, { ...line, end: true });
      const xs = [...tops, ...bottoms].map(({ x }) => x);
      canvas.across(level, Math.min(...xs), Math.max(...xs), line);
      for (const { x } of bottoms) canvas.drop(x, level, last, line);
    }
    for (const { x, entry } of bottoms) if (entry.key !== undefined) canvas.text(x, last, "▼");
  }
  for (const { net: { label }, bottoms } of wires) {
    if (label === "") continue;
    for (const { x, entry } of bottoms) {
      if (entry.key === undefined) continue;
      if (canvas.isFree(x + 1, last, widthOf(label) + 2)) canvas.text(x + 2, last, label);
    }
  }
}
