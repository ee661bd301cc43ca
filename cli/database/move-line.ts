// The line that shows at a terminal how far a migration is.

import type { MoveProgress } from "../../engine/store/move.ts";

/** How often it is written anew, ms. */
const EVERY_MS = 200;

const ERASE = "\r\x1b[K";

const DOING = { copy: "copying", compare: "comparing" };

/** In a pipe, or at a terminal that cannot erase, nothing is shown. */
export function startMoveLine(stream: NodeJS.WriteStream = process.stderr) {
  const shows = stream.isTTY === true && process.env.TERM !== "dumb";
  let last = -Infinity;
  return {
    show(progress: MoveProgress): void {
      const now = performance.now();
      if (!shows || now - last < EVERY_MS) return;
      last = now;
      stream.write(ERASE + moveLine(progress));
    },
    stop(): void {
      if (shows) stream.write(ERASE);
    },
  };
}

/** `  copying events: 12,500 of 60,000 (20 %)` */
export function moveLine({ doing, table, done, of }: MoveProgress): string {
  const share = of === 0 ? 100 : Math.floor(100 * Math.min(done, of) / of);
  return `  ${DOING[doing]} ${table}: ${grouped(done)} of ${grouped(of)} (${share} %)`;
}

function grouped(count: number): string {
  return count.toLocaleString("en-US");
}
