// How the parts become a daemon: the one place that wires them, in the order in which they start and stop.

import type { RequestListener } from "node:http";
import type { McpHandle } from "./mcp/mount.ts";
import { workFor } from "../core/working.ts";
import type { Logger } from "../core/log.ts";
import { Metrics } from "../core/metrics.ts";
import type { AgentDoor, EngineFacade, Notified, Opcode } from "../engine/api.ts";
import type { OpenOptions } from "../engine/store/place.ts";
import type { Vault } from "../engine/vault/vault.ts";
import { type ListenAddress, parseListenAddr, urlOf } from "./address.ts";
import type { Upkeep } from "./api/upkeep.ts";
import { healthResponse, type Phase } from "./api/health.ts";
import { agentTokens, opcodeFor } from "./callers.ts";
import { Connections } from "./connections.ts";
import { descriptorLimit, shareDescriptors } from "./descriptors.ts";
import { takeData } from "./data.ts";
import { bindDoor, type Door } from "./door.ts";
import { type EngineParts, openEngineWith } from "./engine-parts.ts";
import { type HeldPlaces, heldPlaces } from "./held.ts";
import { claimHome } from "./home-files.ts";
import type { PanelBundle } from "./panel/bundle.ts";
import type { LogRing } from "./log-ring.ts";
import { answersChallenge, newSecret } from "./proof.ts";
import { loopLag, tellOfDaemon } from "./process-metrics.ts";
import type { Reloaded } from "./reload.ts";
import { refuseRisks, tellOfRisks } from "./risks.ts";
import { rememberBackup } from "./last-backup.ts";
import { type OwnKeys, ownKeys } from "./own-keys.ts";
import type { GuardOptions } from "./security.ts";
import type { Settings } from "./settings/load.ts";
import type { VaultKey } from "./settings/vault-key.ts";
import { Teardown } from "./teardown.ts";
import { watchEventLoop } from "./watchdog.ts";
import { RequestWork } from "./request-work.ts";

export interface DaemonOptions {
  settings: Settings;
  version: string;
  log: Logger;
  /** Where `log` also goes, for those who ask the daemon for it. */
  logs?: LogRing;
  /** The environment of child processes: without secrets. */
  childEnv: Readonly<Record<string, string>>;
  /** Opens the vault; without it the vault stays locked. */
  vaultKey?: VaultKey | undefined;
  /** Called when the store can no longer be trusted to write: the process should end. */
  onFatal: (error: Error) => void;
  /** Loads the pages of the web panel, which the setting `panel` shows and hides. */
  panel?: (() => Promise<PanelBundle>) | undefined;
  /** Adds the tools of the MCP conformance suite; refused beyond loopback. */
  conformanceFixtures?: boolean | undefined;
}

export interface Daemon {
  /** Where clients on this machine reach it. */
  url: string;
  port: number;
  opcode: Opcode;
  /** Graceful stop; every call returns the same promise. */
  close(): Promise<void>;
  /** Runs with these settings from now on, as far as that goes without a restart; all of it or nothing. */
  retune: EngineParts["retune"];
  /** Says in daemon.json what came of the last reload. */
  tellReload(reload: Reloaded): void;
  /** Removes the pidfile at once, for exits that cannot wait. */
  abandon(): void;
}

/** What becomes of a message while there is no endpoint yet. */
const AWAY: Notified = { notified: false, reason: "agent_not_connected" };

/** How long answers under way may take once the engine has stopped. */
const LAST_ANSWERS_MS = 1_000;

/** Starts a daemon: lock, port, pidfile, store, vault, engine with recovery, then it serves. */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const teardown = new Teardown(options.log);
  try {
    return await start(options, teardown);
  } catch (error) {
    await teardown.run();
    throw error;
  }
}

/** What is known of a daemon from outside while it starts, serves and stops. */
interface Front {
  phase: Phase;
  /** Of the listener itself. */
  url: string;
  /** Where clients are told to come. */
  baseUrl: string;
  door: Door;
  held: HeldPlaces;
  /** Proves that whoever listens here wrote the pidfile. */
  key: string;
}

async function start(options: DaemonOptions, teardown: Teardown): Promise<Daemon> {
  const { settings, log, version } = options;
  const address = addressOf(options);

  const { traces, place } = await takeData(settings, teardown);
  let abandon = () => {};
  teardown.add("pidfile", () => abandon());
  const metrics = new Metrics();
  teardown.add("watchdog", watchEventLoop(log, { lag: loopLag(metrics) }));
  const front = await bindFront(address, options, teardown);
  const { url, baseUrl, door, key } = front;
  const homeFiles = await claimHome(settings.home, { pid: process.pid, url, version, key });
  if (!homeFiles) log.warn("another daemon owns the pidfile", { home: settings.home });
  abandon = homeFiles?.remove ?? abandon;

  const openStore = await place.opener();
  const loading = import("./parts.ts");
  // Whoever awaits it below learns of its failure, even when the store's comes first.
  loading.catch(() => {});
  const store = await openStore(storeOptions(options));
  const ownsStore = teardown.add("store", () => store.close());
  const parts = await loading;
  let mcp: McpHandle | undefined = undefined;
  const keys = await ownKeys(store, { home: settings.home, log });
  const { opcode, vault, retune } = await openEngineWith(parts, options, {
    ...{ store, place, teardown, traces, metrics },
    ...agentsBy(() => mcp),
    linkTokens: () => keys().linkTokens,
    ownKey: () => keys().session,
  });
  // From here on the engine closes the store.
  ownsStore();

  const upkeep = {
    prune: opcode.prune,
    backup: (file: string) => {
      const making = { store, file, reserved: place.files(), version, now: Date.now() };
      return rememberBackup(settings.home, parts.backup(making));
    },
  };
  const app = createAppFor(parts, options, {
    ...{ front, opcode, vault, upkeep, teardown, metrics },
    keys: keys(),
  });
  mcp = app.mcp;
  const healthy = () => front.phase === "ok" && opcode.healthy();
  tellOfDaemon(metrics, { version, place, held: front.held, sessions: mcp.sessions, healthy });
  teardown.add("engine", () => opcode.stop());
  traces.keep();
  front.phase = "ok";
  door.open(app.serve);
  log.info("listening", { url, base_url: baseUrl, pid: process.pid, version });
  return {
    ...{ url, port: door.port, opcode, retune, abandon },
    tellReload: (reload) => homeFiles?.tell({ reload }),
    close: closing(front, teardown, log),
  };
}

function storeOptions(
  { settings: { durability }, version, onFatal, log }: DaemonOptions,
): OpenOptions {
  const onFault = (fault: string) => log.error("nothing more is taken in", { error: fault });
  return { durability, version, onFatal, onFault };
}

/** Where it listens. Throws what stops the start, and says what does not. */
function addressOf(options: DaemonOptions): ListenAddress {
  const { settings, log, vaultKey } = options;
  const address = parseListenAddr(settings.listen_addr)!;
  refuseRisks(address.host, options);
  for (const warning of [...settings.warnings, ...vaultKey?.warnings ?? []]) log.warn(warning);
  tellOfRisks(address.host, settings, log);
  return address;
}

/** The way to agents, of whom none is there as long as there is no endpoint. */
function agentsBy(mcp: () => McpHandle | undefined): AgentDoor {
  return {
    notify: async (agentId, message, options) =>
      await mcp()?.notifyAgent(agentId, message, options) ?? AWAY,
    isThere: (agentId) => mcp()?.isThere(agentId) ?? false,
    present: () => mcp()?.present() ?? [],
  };
}

/** Binds the port, behind which only health and proofs are answered until the door is opened. */
async function bindFront(
  address: ListenAddress,
  { settings, log, version }: DaemonOptions,
  teardown: Teardown,
): Promise<Front> {
  const key = newSecret();
  const shares = shareDescriptors({
    limit: descriptorLimit(),
    poolSize: settings.pool_size,
    most: settings.max_connections,
  });
  if (shares.connections < settings.max_connections) {
    const { connections } = shares;
    log.info("fewer connections than max_connections: the process may open few files", {
      connections,
    });
  }
  const door = await bindDoor(address, {
    connections: new Connections({ most: shares.connections, log }),
    starting: async (request, response) => {
      if (answersChallenge(key, request, response)) return;
      const health = healthResponse("starting", version);
      response.writeHead(health.status, {
        ...Object.fromEntries(health.headers),
        "retry-after": "1",
      });
      response.end(await health.text());
    },
  });
  teardown.add("door", () => door.close(LAST_ANSWERS_MS));
  const url = urlOf(address.host, door.port);
  const baseUrl = settings.base_url.replace(/\/+$/, "") || url;
  return { phase: "starting", url, baseUrl, door, held: heldPlaces(shares), key };
}

/** What is loaded while the door is bound already. */
type Parts = typeof import("./parts.ts");

/** What a daemon has that its app is made of. */
interface OwnParts {
  front: Front;
  opcode: EngineFacade;
  vault: Vault;
  upkeep: Upkeep;
  teardown: Teardown;
  metrics: Metrics;
  keys: OwnKeys;
}

/** Whom the door lets in. */
function doorOf(settings: Settings, baseUrl: () => string): GuardOptions {
  return {
    listenHost: parseListenAddr(settings.listen_addr)!.host,
    baseUrl,
    allowedOrigins: new Set(settings.allowed_origins),
    allowedHosts: new Set(settings.allowed_hosts.map((host) => host.toLowerCase())),
    authToken: settings.auth_token,
    agents: agentTokens(settings.agents),
    maxBody: settings.max_request_body,
  };
}

/** The app with its MCP endpoints, over an engine that is open. */
function createAppFor(
  parts: Parts,
  { settings, log, logs, version, panel, conformanceFixtures }: DaemonOptions,
  own: OwnParts,
): { mcp: McpHandle; serve: RequestListener } {
  const { front, opcode, vault, upkeep, teardown, metrics, keys } = own;
  const { held, key } = front;
  const baseUrl = () => front.baseUrl;
  const streams = new AbortController();
  const callers = opcodeFor(opcode);
  const app = parts.createApp({
    opcodeFor: callers,
    health: opcode,
    receive: opcode.receive,
    ...{ linkTokens: keys.linkTokens, linksRevokedAt: opcode.linksRevokedAt },
    vault,
    stats: opcode.stats,
    metrics,
    upkeep,
    version,
    logs: logs ?? new parts.LogRing(),
    settings,
    baseUrl,
    startedAt: Date.now(),
    phase: () => front.phase,
    stopped: streams.signal,
    held,
    maxEventStreams: settings.max_event_streams,
    panel: panel && {
      isOn: () => settings.panel,
      bundle: panel,
      token: settings.auth_token,
      key: keys.session,
      baseUrl,
    },
    intake: new parts.Intake(),
    security: doorOf(settings, baseUrl),
    log,
  });
  const mcp = parts.mountMcp(app, {
    opcodeFor: callers,
    version,
    baseUrl,
    log,
    held,
    sessionKey: keys.session,
    arrived: opcode.arrived,
    conformanceFixtures: conformanceFixtures === true,
  });
  teardown.add("MCP sessions", () => mcp.close());
  teardown.add("streams", () => streams.abort());
  const serve = listenerOf(app, parts);
  return {
    mcp,
    serve: (request, response) => {
      if (answersChallenge(key, request, response)) return;
      workFor(new RequestWork(request), () => serve(request, response));
    },
  };
}

/**
 * The library's own way with what is left of a body ends the connection of whoever needs longer to
 * send it than half a second, who then has no answer: here it is read, and who stops is given up.
 */
function listenerOf(
  app: { fetch: Parameters<Parts["getRequestListener"]>[0] },
  parts: Parts,
): RequestListener {
  const serve = parts.getRequestListener(app.fetch, { autoCleanupIncoming: false });
  return (request, response) => {
    response.once("finish", () => request.resume());
    return serve(request, response);
  };
}

/** Stops once, whoever asks how often. */
function closing(front: Front, teardown: Teardown, log: Logger): () => Promise<void> {
  let stopped: Promise<void> | undefined;
  const close = async () => {
    front.phase = "stopping";
    log.info("stopping", {
      grace: "10s",
      hint: "steps under way have 8 of them; a second signal stops at once",
    });
    await teardown.run();
    log.info("stopped");
  };
  return () => stopped ??= close();
}
