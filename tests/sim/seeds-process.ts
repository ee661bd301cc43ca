// One process that plays its part of a range of seeds and sends home what it counted.

import { playRange } from "./play-range.ts";
import { type DiskName, DISKS } from "./world/disks.ts";

const [from, seeds, first, every] = process.argv.slice(2, 6).map(Number) as [
  number,
  number,
  number,
  number,
];
const openDisk = DISKS[process.argv[6] as DiskName];

const tally = await playRange({ from, seeds }, {
  first,
  every,
  make: async () => ({ disk: await openDisk() }),
});
process.send!(tally, undefined, undefined, () => process.disconnect?.());
