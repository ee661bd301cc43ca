// The control group of one program: made before it starts, entered by what stands before it, and removed.

import { mkdirSync, readdirSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { quote } from "../mount-table.ts";
import { processOf } from "../processes.ts";
import { type Bounds, wasMet, writeBound } from "./bounds.ts";
import { type Controller, CONTROLLERS, type Place, type Places } from "./places.ts";

export interface Group {
  /** The lines of a shell by which it gets into it, one after the other. */
  entries: string[];
  /** Of each bound the directory that has it. */
  places: Places;
  /** What was killed or refused for a bound. */
  met(): Controller[];
  /** Removes it; where something is left running in it, when that has ended. */
  remove(): void;
}

const NAME = /^opcode-(\d+)-\d+$/;
let made = 0;

/** What could not be removed yet. */
const left = new Set<string>();

/** Throws the system's error, and leaves nothing behind then. */
export function makeGroup(places: Places, bounds: Bounds): Group {
  for (const dir of left) tryRemove(dir);
  const name = `opcode-${process.pid}-${++made}`;
  const mine: Places = {};
  const dirs = new Map<string, string>();
  const remove = () => [...dirs.keys()].forEach(tryRemove);
  try {
    for (const controller of CONTROLLERS) {
      const [place, bound] = [places[controller], bounds[controller]];
      if (place === undefined || bound === undefined) continue;
      const dir = join(place.dir, name);
      if (!dirs.has(dir)) mkdirSync(dir);
      dirs.set(dir, place.enter?.(dir) ?? `echo 0 > ${quote(join(dir, "cgroup.procs"))}`);
      const own: Place = mine[controller] = { ...place, dir };
      writeBound(own, controller, bound);
    }
  } catch (error) {
    remove();
    throw error;
  }
  return {
    entries: [...dirs.values()],
    places: mine,
    met: () =>
      CONTROLLERS.filter((controller) => {
        const place = mine[controller];
        return place !== undefined && wasMet(place, controller);
      }),
    remove,
  };
}

function tryRemove(dir: string): void {
  try {
    rmdirSync(dir);
    left.delete(dir);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EBUSY") left.add(dir);
    else left.delete(dir);
  }
}

/** Removes what daemons that are gone have left in these places, unless something runs in it. */
export function removeAbandoned(places: Places): void {
  for (const { dir } of Object.values(places)) {
    for (const name of namesIn(dir)) {
      const pid = Number(NAME.exec(name)?.[1]);
      if (pid && processOf(pid) === undefined) tryRemove(join(dir, name));
    }
  }
}

function namesIn(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch {
    return [];
  }
}
