// Which disks a simulated world may have, by name.

import { type Disk, memoryDisk, threadedDisk } from "./disk.ts";
import { fileDisk } from "./file-disk.ts";

/**
 * `memory`: the in-memory store. `files`: libSQL files, of which a crash leaves what `kill -9`
 * does. `threads`: the same behind the store's own threads, which a crash ends.
 */
export const DISKS = {
  memory: () => Promise.resolve(memoryDisk()),
  files: fileDisk,
  threads: threadedDisk,
} satisfies Record<string, () => Promise<Disk>>;

export type DiskName = keyof typeof DISKS;
