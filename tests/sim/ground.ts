// What seeds are played on: a disk that one process has, or a store in memory that several nodes share.

import type { NodeCount } from "./nodes/node-weather.ts";
import type { SimulateOptions } from "./simulate.ts";
import { type DiskName, DISKS } from "./world/disks.ts";

export type Ground = DiskName | NodeCount;

export async function onGround(ground: Ground): Promise<SimulateOptions> {
  return typeof ground === "string" ? { disk: await DISKS[ground]() } : { nodes: ground };
}
