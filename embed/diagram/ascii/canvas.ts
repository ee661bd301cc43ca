// A sheet of character cells: texts, blocks, and lines that join or pass over each other.

import { columnsOf, glyphs } from "./width.ts";

/** Rows of cells; the right half of a wide character is an empty cell. */
export type Block = readonly (readonly string[])[];

export type Stroke = "plain" | "taken" | "dashed" | "passed";

const UP = 1, DOWN = 2, LEFT = 4, RIGHT = 8;

/** By the directions in which lines leave a cell. */
const LIGHT = " ╵╷│╴┘┐┤╶└┌├─┴┬┼";
const HEAVY = " ╹╻┃╸┛┓┫╺┗┏┣━┻┳╋";
const STRAIGHT: Readonly<Record<Stroke, { down: string; across: string }>> = {
  plain: { down: "│", across: "─" },
  taken: { down: "┃", across: "━" },
  dashed: { down: "╎", across: "╌" },
  passed: { down: "┊", across: "┈" },
};

interface Line {
  net: number;
  stroke: Stroke;
  ways: number;
}

export class Canvas {
  readonly #texts: string[][] = [];
  /** Lines that run down, and across, by row and column. */
  readonly #down: Line[][] = [];
  readonly #across: Line[][] = [];

  /** Writes a text in one row. */
  text(x: number, y: number, text: string): void {
    const row = (this.#texts[y] ??= []);
    let at = x;
    for (const glyph of glyphs(text)) {
      row[at++] = glyph;
      if (columnsOf(glyph) === 2) row[at++] = "";
    }
  }

  block(x: number, y: number, block: Block): void {
    block.forEach((cells, i) => {
      const row = (this.#texts[y + i] ??= []);
      cells.forEach((cell, j) => row[x + j] = cell);
    });
  }

  /** Whether nothing stands in these cells of a row. */
  isFree(x: number, y: number, width: number): boolean {
    for (let at = x; at < x + width; at++) {
      if (this.#texts[y]?.[at] ?? this.#down[y]?.[at] ?? this.#across[y]?.[at]) return false;
    }
    return true;
  }

  /** A line from the upper edge of row `from` to the middle of row `to`, or its lower edge. */
  down(x: number, from: number, to: number, line: { net: number; stroke: Stroke; end?: boolean }) {
    for (let y = from; y <= to; y++) {
      this.#draw(this.#down, x, y, line, y === to && line.end ? UP : UP | DOWN);
    }
  }

  /** A line from the middle of row `from` to the lower edge of row `to`. */
  drop(x: number, from: number, to: number, line: { net: number; stroke: Stroke }) {
    for (let y = from; y <= to; y++) {
      this.#draw(this.#down, x, y, line, y === from ? DOWN : UP | DOWN);
    }
  }

  across(y: number, from: number, to: number, line: { net: number; stroke: Stroke }): void {
    for (let x = from; x <= to; x++) {
      const ways = (x > from ? LEFT : 0) | (x < to ? RIGHT : 0);
      this.#draw(this.#across, x, y, line, ways);
    }
  }

  /** What was drawn, as rows of cells of equal length, from the leftmost column in use. */
  cells(): Block {
    const height = Math.max(this.#texts.length, this.#down.length, this.#across.length);
    const rows = Array.from({ length: height }, (_, y) => this.#row(y));
    const used = rows.flatMap((row) => {
      const first = row.findIndex((cell) => cell !== " ");
      return first < 0 ? [] : [first];
    });
    const left = Math.min(...used, Infinity);
    const width = Math.max(0, ...rows.map((row) => row.length));
    return rows.map((row) => {
      while (row.length < width) row.push(" ");
      return left === Infinity ? row : row.slice(left);
    });
  }

  #draw(sheet: Line[][], x: number, y: number, line: Omit<Line, "ways">, ways: number): void {
    const row = (sheet[y] ??= []);
    const { net, stroke } = line;
    const known = row[x];
    row[x] = { net, stroke, ways: known?.net === net ? known.ways | ways : ways };
  }

  #row(y: number): string[] {
    const texts = this.#texts[y] ?? [];
    const down = this.#down[y] ?? [];
    const across = this.#across[y] ?? [];
    const width = Math.max(texts.length, down.length, across.length);
    return Array.from(
      { length: width },
      (_, x) => texts[x] ?? lineAt(down[x], across[x]) ?? " ",
    );
  }
}

/** Lines of different arrows pass: the one that runs down is seen whole. */
function lineAt(down: Line | undefined, across: Line | undefined): string | undefined {
  if (!down && !across) return undefined;
  if (!down || (across && across.net === down.net)) {
    const { stroke } = across!;
    const ways = across!.ways | (down?.ways ?? 0);
    if (ways === (LEFT | RIGHT)) return STRAIGHT[stroke].across;
    return (stroke === "taken" ? HEAVY : LIGHT)[ways];
  }
  return STRAIGHT[down.stroke].down;
}
