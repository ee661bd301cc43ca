// Who stops and starts the daemon of a data directory for an update: the service that runs it.

import { serviceOf } from "../service/service.ts";
import type { Keeper } from "./daemon.ts";

export async function keeperOf(home: string): Promise<Keeper> {
  const service = await serviceOf(home);
  return {
    stop: async () => void await service.stop(),
    start: async () => void await service.start(),
  };
}

/** Whether a daemon runs that the service has started: another one is its owner's to start again. */
export async function runsUnder(home: string): Promise<boolean> {
  const { daemon } = await (await serviceOf(home)).status();
  return daemon?.by_service === true;
}
