// Which settings would let in whoever comes: refused, or told of at the start.

import type { Logger } from "../core/log.ts";
import { isLoopback } from "./address.ts";
import { type Settings, SettingsError } from "./settings/load.ts";
import { StartError } from "./start-error.ts";

interface Risky {
  settings: Settings;
  conformanceFixtures?: boolean | undefined;
}

/** Throws SettingsError or StartError for what is refused; `host`: where the daemon is about to listen. */
export function refuseRisks(host: string, options: Risky): void {
  refuseOpenDoor(host, options);
  refuseOpenIdentities(options.settings);
}

/** Tells of pages that need no token, and of whom else it can be reached by. */
export function tellOfRisks(host: string, settings: Settings, log: Logger): void {
  if (!isLoopback(host)) {
    log.warn("reachable from other machines; every request needs the token", {
      listen_addr: settings.listen_addr,
    });
  }
  if (settings.allowed_origins.length === 0 || settings.auth_token !== "") return;
  log.warn("pages of allowed_origins may do everything: set auth_token to ask them for it", {
    allowed_origins: settings.allowed_origins.join(", "),
  });
}

/** Without a token of the daemon's own, an agent would be rid of its limits by sending none. */
function refuseOpenIdentities({ agents, auth_token }: Settings): void {
  if (Object.keys(agents).length === 0 || auth_token !== "") return;
  throw new SettingsError([
    "agents: need auth_token (or auth_token_file): without it whoever sends no token may do everything",
  ]);
}

/** Workflows run shell commands: nobody else on the network may start one without a token. */
function refuseOpenDoor(host: string, options: Risky): void {
  if (isLoopback(host)) return;
  if (options.settings.auth_token === "") {
    throw new SettingsError([
      `listen_addr: ${options.settings.listen_addr} can be reached from other machines, and ` +
      "workflows can run shell commands: set auth_token (or OPCODE_AUTH_TOKEN), " +
      "or listen on loopback (127.0.0.1 or no host)",
    ]);
  }
  if (options.conformanceFixtures) {
    throw new StartError("OPCODE_CONFORMANCE_FIXTURES is for loopback only");
  }
}
