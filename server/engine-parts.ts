// How settings become an engine: its actions, what they may do outside, its vault and its limits.

import { join } from "node:path";
import { parseDuration } from "../core/duration.ts";
import type { Logger } from "../core/log.ts";
import type { Metrics } from "../core/metrics.ts";
import type { AgentDoor, EngineFacade } from "../engine/api.ts";
import type { StorePlace } from "../engine/store/place.ts";
import type { Store } from "../engine/store/store.ts";
import type { VaultStore } from "../engine/store/vault-store.ts";
import type { Vault } from "../engine/vault/vault.ts";
import { decisionLinks } from "./links/links.ts";
import type { LinkTokens } from "./links/token.ts";
import { SESSION_KEY_FILE } from "./session-key.ts";
import { retentionOf } from "./settings/retention.ts";
import { isolationSettings } from "./settings/isolation.ts";
import type { Settings } from "./settings/load.ts";
import type { VaultKey } from "./settings/vault-key.ts";
import type { Teardown } from "./teardown.ts";
import type { Traces } from "./traces.ts";

/** What a daemon loads while its store opens. */
type Parts = typeof import("./parts.ts");

interface Wanted {
  settings: Settings;
  log: Logger;
  childEnv: Readonly<Record<string, string>>;
  vaultKey?: VaultKey | undefined;
}

/** How often at most the log says that descriptors are short, ms. */
const SHORTAGE_MS = 1_000;

/** An engine with what belongs to it. */
export interface EngineParts {
  opcode: EngineFacade;
  vault: Vault;
  /** Runs with these settings from now on, as far as that goes without a restart; all of it or, when it throws, nothing. */
  retune(settings: Settings): Promise<void>;
}

/** Opens the vault and the engine over the store, which the engine closes from then on. */
export async function openEngineWith(
  parts: Parts,
  options: Wanted,
  own: {
    store: Store & VaultStore;
    place: StorePlace;
    notify: AgentDoor["notify"];
    isThere: AgentDoor["isThere"];
    present: AgentDoor["present"];
    teardown: Teardown;
    traces: Traces;
    metrics: Metrics;
    linkTokens: () => LinkTokens;
    /** The daemon's own key. */
    ownKey: () => Uint8Array;
  },
): Promise<EngineParts> {
  const { settings, log, vaultKey } = options;
  const { store, teardown, traces } = own;
  const notes = join(settings.home, parts.PROGRAMS_FILE);
  traces.expect([notes, join(settings.home, SESSION_KEY_FILE)]);
  const care = parts.careForGroups({
    graceMs: parseDuration(settings["shell.kill_grace"]),
    notes,
  });
  teardown.add("programs", () => care.end());
  const vault = await parts.openVault({ store, clock: parts.systemClock, key: vaultKey, log });
  const host = {
    ...hostOf(parts, options, own.place),
    ...await boundsOf(parts, settings),
    programsLeft: care.left,
  };
  const opcode = await parts.openEngine({
    store,
    registry: allowedActions(parts, settings),
    log,
    host,
    post: (request) => parts.postTo(host, request),
    links: decisionLinks(settings.base_url, own.linkTokens),
    ownKey: own.ownKey,
    agents: settings.agents,
    secrets: vault,
    poolSize: settings.pool_size,
    slicing: () => new parts.ClockSlices(),
    limits: limitsOf(parts, settings),
    concurrency: {
      templates: settings["limits.templates"],
      agents: settings["limits.agents"],
    },
    retention: retentionOf(settings),
    notify: own.notify,
    isThere: own.isThere,
    present: own.present,
    metrics: own.metrics,
  });
  return { opcode, vault, retune: retuner(parts, { opcode, host, care }) };
}

/** What lets other settings take effect. */
function retuner(
  parts: Parts,
  { opcode, host, care }: {
    opcode: EngineFacade;
    host: Awaited<ReturnType<typeof boundsOf>>;
    care: ReturnType<Parts["careForGroups"]>;
  },
): EngineParts["retune"] {
  return async (settings) => {
    parts.forgetProbes();
    const bounds = await boundsOf(parts, settings);
    // Actions ask the host each time.
    Object.assign(host, bounds);
    care.grace(bounds.limits.shellKillGraceMs);
    opcode.retune({ poolSize: settings.pool_size, retention: retentionOf(settings) });
  };
}

/** The actions that the settings leave; throws VALIDATION_ERROR where they name one that is none. */
export function allowedActions(parts: Parts, settings: Settings) {
  const registry = parts.createRegistry(parts.builtinActions);
  for (const [name, { allow }] of Object.entries(settings.agents)) {
    parts.checkActionRules(`agents.${name}.allow`, allow, registry);
  }
  return parts.limitedRegistry(registry, {
    shellEnabled: settings["shell.enabled"],
    allow: settings["actions.allow"],
    deny: settings["actions.deny"],
  });
}

/** What actions find outside of the engine. */
function hostOf(
  parts: Parts,
  { settings, log, childEnv, vaultKey }: Wanted,
  place: StorePlace,
) {
  return {
    env: childEnv,
    cwd: process.cwd(),
    programsEnded: parts.programsEnded,
    shortOfDescriptors: atMostEvery(
      SHORTAGE_MS,
      ({ runId, stepId }: { runId: string; stepId: string }) =>
        log.warn("a step waits: the process has no descriptor left for it", {
          workflow_id: runId,
          step_id: stepId,
        }),
    ),
    ...parts.createOwnFiles({
      home: settings.home,
      place,
      keyFiles: [vaultKey?.file, settings.authTokenFile, settings.storePasswordFile],
    }),
  };
}

/** What of it they may use, and how much. */
async function boundsOf(parts: Parts, settings: Settings) {
  return {
    pathPolicy: await parts.createPathPolicy({
      deny: settings["fs.deny"],
      readOnly: settings["fs.read_only"],
      writable: settings["fs.writable"],
    }),
    connectPolicy: parts.connectPolicy({
      denyPrivate: settings["http.deny_private"],
      allowHosts: settings["http.allow_hosts"],
      denyHosts: settings["http.deny_hosts"],
    }),
    isolation: parts.createIsolation(isolationSettings(settings)),
    limits: {
      ...parts.DEFAULT_HOST_LIMITS,
      httpMaxResponseBody: settings["http.max_response_body"],
      httpDefaultTimeoutMs: parseDuration(settings["http.default_timeout"]),
      shellDefaultTimeoutMs: parseDuration(settings["shell.default_timeout"]),
      shellKillGraceMs: parseDuration(settings["shell.kill_grace"]),
      shellMaxOutput: settings["shell.max_output"],
    },
  };
}

function limitsOf(parts: Parts, settings: Settings) {
  return {
    maxSteps: settings.max_steps,
    maxDefinition: settings.max_definition,
    maxStepOutput: settings.max_step_output,
    runSteps: settings.max_run_steps,
    ...parts.memoryBudgets({
      runBytes: settings["memory.per_run"],
      agentBytes: settings["memory.per_agent"],
      totalBytes: settings["memory.total"],
    }),
  };
}

/** Leaves out calls that come within `ms` of the last one that was made. */
function atMostEvery<T>(ms: number, call: (value: T) => void): (value: T) => void {
  let last = -Infinity;
  return (value) => {
    const now = performance.now();
    if (now - last < ms) return;
    last = now;
    call(value);
  };
}
