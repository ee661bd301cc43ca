// One process whose engine has a fault: plays seeds until the first that sees it, and says which.

import { ENGINE_FAULTS } from "./engine-faults.ts";
import { load, mutantOf } from "./mutant.ts";

/** What became of the fault within so many seeds. */
export interface Hunt {
  /** The first seed that sees it; null when none does. */
  seed: number | null;
  /** What that seed says is wrong. */
  faults: string[];
}

const [name, most] = process.argv.slice(2) as [string, string];
const isLoaded = load(mutantOf(ENGINE_FAULTS[name]!));
// What it takes along is loaded only now.
const { simulate } = await import("./simulate.ts");

let seed = 0;
// An engine that throws where nobody catches it dies, and its daemon with it.
process.on("uncaughtException", (thrown) => tell({ seed, faults: [String(thrown)] }));
let faults: string[] = [];
for (; seed < Number(most) && faults.length === 0; seed++) ({ faults } = await simulate(seed));
if (!isLoaded()) throw new Error(`the simulator never loaded what has the fault "${name}"`);
tell({ seed: faults.length > 0 ? seed - 1 : null, faults });

function tell(hunt: Hunt): void {
  process.send!(hunt, undefined, undefined, () => process.exit());
}
