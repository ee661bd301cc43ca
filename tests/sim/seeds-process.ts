// One process that plays its part of a range of seeds and sends home what it counted.

import { type Ground, onGround } from "./ground.ts";
import { playRange } from "./play-range.ts";

const [from, seeds, first, every] = process.argv.slice(2, 6).map(Number) as [
  number,
  number,
  number,
  number,
];
const ground = JSON.parse(process.argv[6]!) as Ground;

const tally = await playRange({ from, seeds }, {
  first,
  every,
  make: () => onGround(ground),
});
process.send!(tally, undefined, undefined, () => process.disconnect?.());
