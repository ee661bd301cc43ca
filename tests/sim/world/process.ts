// One process of the simulated world: an engine over the doors of the store, until it dies.

import { DEFAULT_HOST_LIMITS } from "../../../actions/action.ts";
import { builtinActions } from "../../../actions/builtin.ts";
import { createRegistry } from "../../../actions/registry.ts";
import type { ExpressionRequest } from "../../../core/expression.ts";
import type { Random } from "../../../core/ids.ts";
import type { Json } from "../../../core/json.ts";
import { type Logger, silentLogger } from "../../../core/log.ts";
import { evaluateHere } from "../../../embed/worker/engines.ts";
import type { EngineFacade, LiveEvent } from "../../../engine/api.ts";
import { openEngine } from "../../../engine/opcode.ts";
import { NO_OUTPUTS } from "../../../engine/store/store.ts";
import { type DoorOptions, openDoors } from "./doors.ts";
import type { Sealer } from "../../../engine/vault/sealer.ts";
import type { Secrets } from "../../../engine/vault/secrets.ts";
import type { Receiver } from "./receiver.ts";
import type { Life, Scheduler } from "./scheduler.ts";
import { type ActionsOptions, simActions } from "./sim-actions.ts";

export interface ProcessOptions extends DoorOptions, ActionsOptions {
  poolSize: number;
  /** Every expression is evaluated outside of the turn that needs it. */
  handsOver: boolean;
  /** No output is in memory that no step is about to read. */
  forgets: boolean;
  random: () => number;
  secrets: Secrets & Sealer;
  /** Who hears of its runs. */
  receiver: Receiver;
  /** Told of each committed event, as a subscriber is. */
  heard(event: LiveEvent): void;
  /** Told of what the engine itself calls a fault. */
  fault(message: string): void;
}

export interface Process {
  readonly life: Life;
  /** Null until it has recovered what it found. */
  opcode: EngineFacade | null;
}

/** What an engine may complain about when the store fails it. */
const EXPECTED = [
  "commit failed, retrying",
  // While it stops it tries once: the next process finds what was stored before.
  "commit failed",
  "a hand-over was not committed; reading the run again",
  "a schedule could not be acted on, trying again",
  "a callback could not be seen to, trying again",
  "a callback was given up",
];

export function startProcess(options: ProcessOptions): Process {
  const { scheduler, heard, fault, life } = options;
  const started: Process = { life, opcode: null };
  openEngine({
    store: openDoors(options),
    clock: scheduler.clockFor(life),
    random: randomBytes(options.random),
    soon: (run) => scheduler.post("loop", life, run),
    registry: createRegistry([...builtinActions, ...simActions(options)]),
    host: { env: {}, cwd: "/", isProtected: () => false, limits: DEFAULT_HOST_LIMITS },
    log: listening(life, fault),
    poolSize: options.poolSize,
    evaluate: (request) => elsewhere(request, { scheduler, life }),
    ...(options.handsOver && { inlineLimits: { rounds: -1, steps: -1 } }),
    ...(options.forgets && { residence: { smallest: 0, loaded: NO_OUTPUTS, none: true } }),
    notify: () => Promise.resolve({ notified: false }),
    secrets: options.secrets,
    post: options.receiver.postOf(life),
  }).then((opcode) => {
    started.opcode = opcode;
    opcode.subscribe((events) => events.forEach(heard));
  }, (thrown) => fault(`the engine does not open: ${thrown}`));
  return started;
}

/** The worker of the simulated world: it answers when its turn comes, unless the process dies. */
function elsewhere(
  request: ExpressionRequest,
  { scheduler, life }: { scheduler: Scheduler; life: Life },
): Promise<Json> {
  return new Promise((resolve, reject) => {
    scheduler.post("outside", life, () => evaluateHere(request).then(resolve, reject));
  });
}

function randomBytes(random: () => number): Random {
  return {
    bytes: (length) => Uint8Array.from({ length }, () => Math.floor(random() * 256)),
  };
}

/** A logger that takes errors for what they are, while the process lives. */
function listening(life: Life, fault: (message: string) => void): Logger {
  const report: Logger["error"] = (message, fields) => {
    if (life.alive && !EXPECTED.includes(message)) {
      fault(`${message}: ${JSON.stringify(fields ?? {})}`);
    }
  };
  return { ...silentLogger, error: report };
}
