// Installs the MCP clients of others that some tests drive: `node scripts/setup/clients.mjs`.

import { installFolder } from "./folder.mjs";

await installFolder("clients");
