// Installs the other engines that one benchmark measures opcode beside: `node scripts/setup/peers.mjs`.

import { installFolder } from "./folder.mjs";

await installFolder("peers");
