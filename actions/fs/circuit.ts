// Which failures of a file speak of the device that it is on.

import type { CircuitRules } from "../action.ts";

const DEVICE: ReadonlySet<unknown> = new Set([
  "EHOSTDOWN",
  "EIO",
  "ENODEV",
  "ENOTCONN",
  "ENXIO",
  "EREMOTEIO",
  "ESTALE",
  "ETIMEDOUT",
]);

export const deviceCircuit: CircuitRules = {
  target: () => undefined,
  verdict: ({ details }) => DEVICE.has(details?.cause_code) ? "down" : "unknown",
};
