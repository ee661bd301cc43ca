// One process that plays its part of a range of seeds and sends home what it counted.

import { playRange } from "./seeds.ts";
import { libsqlDisk } from "./world/disk.ts";

const [from, seeds, first, every] = process.argv.slice(2, 6).map(Number) as [
  number,
  number,
  number,
  number,
];
const onFiles = process.argv[6] === "libsql";

const tally = await playRange({ from, seeds }, {
  first,
  every,
  make: async () => onFiles ? { disk: await libsqlDisk() } : {},
});
process.send?.(tally, () => process.disconnect?.());
