// Installs the MCP clients of others that some tests drive: `node scripts/setup/clients.mjs`.

import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { ensureModules } from "./modules.mjs";
import { SetupError } from "./setup-error.mjs";

try {
  await ensureModules(resolve(dirname(fileURLToPath(import.meta.url)), "../../clients"));
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  for (const line of error.message.split("\n")) console.error(`error: ${line}`);
  process.exitCode = 1;
}
