// What a daemon loads while its store opens: the engine, the actions, and the app.

export { DEFAULT_HOST_LIMITS } from "../actions/action.ts";
export { careForGroups, programsEnded } from "../actions/shell/groups.ts";
export { builtinActions } from "../actions/builtin.ts";
export { postTo } from "../actions/http/post.ts";
export { connectPolicy } from "../actions/http/policy.ts";
export { createPathPolicy } from "../actions/paths/rules.ts";
export { createRegistry } from "../actions/registry.ts";
export { checkActionRules, limitedRegistry } from "../actions/allowed.ts";
export { systemClock } from "../core/clock.ts";
export { createIsolation } from "../engine/isolation/isolation.ts";
export { forgetProbes } from "../engine/isolation/probes.ts";
export { memoryBudgets } from "../engine/limits.ts";
export { backup } from "../engine/backup/backup.ts";
export { openEngine } from "../engine/opcode.ts";
export { openVault } from "../engine/vault/open.ts";
export { createOwnFiles, PROGRAMS_FILE } from "./own-files.ts";
export { createApp } from "./app.ts";
export { Intake } from "./intake.ts";
export { LogRing } from "./log-ring.ts";
export { ClockSlices } from "./slices.ts";
export { mountMcp } from "./mcp/mount.ts";
export { getRequestListener } from "@hono/node-server";
