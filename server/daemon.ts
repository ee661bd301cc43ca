// How the parts become a daemon: the one place that wires them, in the order in which they start and stop.

import { dirname, join } from "node:path";
import type { McpHandle } from "./mcp/mount.ts";
import { parseDuration } from "../core/duration.ts";
import { workFor } from "../core/working.ts";
import type { Logger } from "../core/log.ts";
import type { OpcodeError } from "../core/errors.ts";
import type { Opcode } from "../engine/api.ts";
import type { Lock } from "../engine/store/libsql/lock.ts";
import { isLoopback, parseListenAddr, urlOf } from "./address.ts";
import { healthResponse, type Phase } from "./api/health.ts";
import { agentTokens, opcodeFor } from "./callers.ts";
import { Connections } from "./connections.ts";
import { descriptorLimit, shareDescriptors } from "./descriptors.ts";
import { bindDoor } from "./door.ts";
import { heldPlaces } from "./held.ts";
import { claimHome, readDaemonFile } from "./home-files.ts";
import type { LogRing } from "./log-ring.ts";
import { answersChallenge, newSecret } from "./proof.ts";
import { SESSION_KEY_FILE, sessionKey } from "./session-key.ts";
import type { Settings } from "./settings/load.ts";
import type { VaultKey } from "./settings/vault-key.ts";
import { StartError } from "./start-error.ts";
import { Teardown } from "./teardown.ts";
import { Traces } from "./traces.ts";
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
  /** Adds the tools of the MCP conformance suite; refused beyond loopback. */
  conformanceFixtures?: boolean | undefined;
}

export interface Daemon {
  /** Where clients on this machine reach it. */
  url: string;
  port: number;
  opcode: Opcode;
  /** Graceful stop; every call answers the same promise. */
  close(): Promise<void>;
  /** Removes the pidfile at once, for exits that cannot wait. */
  abandon(): void;
}

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

async function start(options: DaemonOptions, teardown: Teardown): Promise<Daemon> {
  const { settings, log, version } = options;
  const address = parseListenAddr(settings.listen_addr)!;
  refuseOpenDoor(address.host, options);
  refuseOpenIdentities(settings);
  const { vaultKey } = options;
  for (const warning of [...settings.warnings, ...vaultKey?.warnings ?? []]) log.warn(warning);

  if (settings.allowed_origins.length > 0 && settings.auth_token === "") {
    log.warn("pages of allowed_origins may do everything: set auth_token to ask them for it", {
      allowed_origins: settings.allowed_origins.join(", "),
    });
  }

  const traces = new Traces();
  teardown.add("directories", () => traces.removeDirectories());
  let lock: Lock | undefined;
  teardown.add("lock", () => lock?.release());
  teardown.add("files", () => traces.removeFiles());
  // A database in memory is this process's alone.
  const inMemory = settings.db_path === ":memory:";
  traces.makeDirectory(settings.home, "OPCODE_HOME");
  if (!inMemory) traces.makeDirectory(dirname(settings.db_path), "db_path");
  const { acquireLock, databasePaths } = await import("../engine/store/libsql/lock.ts");
  if (!inMemory) {
    lock = takeDatabase(acquireLock, settings);
    if (lock.isNew) traces.made(lock.path);
    traces.expect(databasePaths(settings.db_path));
  }

  let abandon = () => {};
  teardown.add("pidfile", () => abandon());

  teardown.add("watchdog", watchEventLoop(log));
  let phase: Phase = "starting";
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
  const held = heldPlaces(shares);
  const door = await bindDoor(address, {
    connections: new Connections({ most: shares.connections, log }),
    starting: async (request, response) => {
      if (answersChallenge(key, request, response)) return;
      const health = healthResponse(phase, version);
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

  const removeHomeFiles = await claimHome(settings.home, { pid: process.pid, url, version, key });
  if (!removeHomeFiles) log.warn("another daemon owns the pidfile", { home: settings.home });
  abandon = removeHomeFiles ?? abandon;

  const { openLibsqlStore } = await import("../engine/store/libsql/open.ts");
  const loading = import("./parts.ts");
  // Whoever awaits it below learns of its failure, even when the store's comes first.
  loading.catch(() => {});
  const store = await openLibsqlStore({
    path: settings.db_path,
    durability: settings.durability,
    onFatal: options.onFatal,
    onFault: (fault) => log.error("nothing more is taken in", { error: fault }),
  });
  const ownsStore = teardown.add("store", () => store.close());

  const parts = await loading;
  const notes = join(settings.home, parts.PROGRAMS_FILE);
  traces.expect([notes, join(settings.home, SESSION_KEY_FILE)]);
  const care = parts.careForGroups({
    graceMs: parseDuration(settings["shell.kill_grace"]),
    notes,
  });
  teardown.add("programs", () => care.end());
  const registry = parts.createRegistry(parts.builtinActions);
  for (const [name, { allow }] of Object.entries(settings.agents)) {
    parts.checkActionRules(`agents.${name}.allow`, allow, registry);
  }
  const vault = await parts.openVault({ store, clock: parts.systemClock, key: vaultKey, log });
  let mcp: McpHandle | undefined = undefined;
  const opcode = await parts.openEngine({
    store,
    registry: parts.limitedRegistry(registry, {
      shellEnabled: settings["shell.enabled"],
      allow: settings["actions.allow"],
      deny: settings["actions.deny"],
    }),
    log,
    host: {
      env: options.childEnv,
      cwd: process.cwd(),
      programsEnded: parts.programsEnded,
      programsLeft: care.left,
      shortOfDescriptors: atMostEvery(
        1_000,
        ({ runId, stepId }: { runId: string; stepId: string }) =>
          log.warn("a step waits: the process has no descriptor left for it", {
            workflow_id: runId,
            step_id: stepId,
          }),
      ),
      ...parts.createOwnFiles({
        home: settings.home,
        dbPath: settings.db_path,
        keyFiles: [vaultKey?.file, settings.authTokenFile],
      }),
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
      limits: {
        ...parts.DEFAULT_HOST_LIMITS,
        httpMaxResponseBody: settings["http.max_response_body"],
        httpDefaultTimeoutMs: parseDuration(settings["http.default_timeout"]),
        shellDefaultTimeoutMs: parseDuration(settings["shell.default_timeout"]),
        shellKillGraceMs: parseDuration(settings["shell.kill_grace"]),
        shellMaxOutput: settings["shell.max_output"],
      },
    },
    agents: settings.agents,
    secrets: vault,
    poolSize: settings.pool_size,
    slicing: () => new parts.ClockSlices(),
    limits: {
      maxSteps: settings.max_steps,
      maxDefinition: settings.max_definition,
      maxStepOutput: settings.max_step_output,
      runSteps: settings.max_run_steps,
      ...parts.memoryBudgets({
        runBytes: settings["memory.per_run"],
        agentBytes: settings["memory.per_agent"],
        totalBytes: settings["memory.total"],
      }),
    },
    notify: async (agentId, message) =>
      await mcp?.notifyAgent(agentId, message) ??
        { notified: false, reason: "agent_not_connected" },
  });
  // From here on the engine closes the store.
  ownsStore();

  const streams = new AbortController();
  const callers = opcodeFor(opcode);
  const app = parts.createApp({
    opcodeFor: callers,
    health: opcode,
    vault,
    version,
    logs: options.logs ?? new parts.LogRing(),
    phase: () => phase,
    stopped: streams.signal,
    held,
    maxEventStreams: settings.max_event_streams,
    intake: new parts.Intake(),
    security: {
      listenHost: address.host,
      baseUrl: () => baseUrl,
      allowedOrigins: new Set(settings.allowed_origins),
      allowedHosts: new Set(settings.allowed_hosts.map((host) => host.toLowerCase())),
      authToken: settings.auth_token,
      agents: agentTokens(settings.agents),
      maxBody: settings.max_request_body,
    },
    log,
  });
  mcp = parts.mountMcp(app, {
    opcodeFor: callers,
    version,
    baseUrl: () => baseUrl,
    log,
    held,
    sessionKey: sessionKey(settings.home, log),
    conformanceFixtures: options.conformanceFixtures === true,
  });
  teardown.add("MCP sessions", () => mcp?.close());
  teardown.add("streams", () => streams.abort());
  teardown.add("engine", () => opcode.stop());
  traces.keep();
  phase = "ok";
  const serve = parts.getRequestListener(app.fetch);
  door.open((request, response) => {
    if (answersChallenge(key, request, response)) return;
    workFor(new RequestWork(request), () => serve(request, response));
  });
  log.info("listening", { url, base_url: baseUrl, pid: process.pid, version });

  let closing: Promise<void> | undefined;
  const close = async () => {
    phase = "stopping";
    log.info("stopping", {
      grace: "10s",
      hint: "steps under way have 8 of them; a second signal stops at once",
    });
    await teardown.run();
    log.info("stopped");
  };
  return { url, port: door.port, opcode, close: () => closing ??= close(), abandon };
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

/** The database's lock; when another daemon has it, an error that says which one. */
function takeDatabase(acquireLock: (path: string) => Lock, settings: Settings): Lock {
  try {
    return acquireLock(settings.db_path);
  } catch (error) {
    const other = readDaemonFile(settings.home);
    if ((error as OpcodeError).code !== "CONFLICT" || !other) throw error;
    throw new StartError(`${(error as Error).message}: process ${other.pid}, at ${other.url}`);
  }
}

/** Without a token of the daemon's own, an agent would be rid of its limits by sending none. */
function refuseOpenIdentities({ agents, auth_token }: Settings): void {
  if (Object.keys(agents).length === 0 || auth_token !== "") return;
  throw new StartError(
    "agents: need auth_token (or auth_token_file): without it whoever sends no token may do everything",
  );
}

/** Workflows run shell commands: nobody else on the network may start one without a token. */
function refuseOpenDoor(host: string, options: DaemonOptions): void {
  if (isLoopback(host)) return;
  if (options.settings.auth_token === "") {
    throw new StartError(
      `listen_addr: ${options.settings.listen_addr} can be reached from other machines, and ` +
        "workflows can run shell commands: set auth_token (or OPCODE_AUTH_TOKEN), " +
        "or listen on loopback (127.0.0.1 or no host)",
    );
  }
  if (options.conformanceFixtures) {
    throw new StartError("OPCODE_CONFORMANCE_FIXTURES is for loopback only");
  }
  options.log.warn("reachable from other machines; every request needs the token", {
    listen_addr: options.settings.listen_addr,
  });
}
