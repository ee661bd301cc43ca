// One seed's story: what is defined, started and signalled, through crashes, until all is at rest.

import type { EngineFacade, LiveEvent } from "../../../engine/api.ts";
import { isTerminal } from "../../../core/status.ts";
import type { RunRecord, Store } from "../../../engine/store/store.ts";
import { Draw } from "../../support/generate/values.ts";
import { seeded } from "../../support/random.ts";
import { TestVault } from "../../support/test-vault.ts";
import type { Call } from "../check/evidence.ts";
import { checkProgress } from "../check/progress.ts";
import { generateScenario, type Scenario } from "../generate/scenario.ts";
import { SECRETS, triggersOf, WIRED } from "../generate/outside.ts";
import { someInputs } from "../generate/values.ts";
import { pickAnswer, pickSignal, type SignalKind, type View } from "../generate/signals.ts";
import { viewOf } from "../generate/view.ts";
import { Clients } from "./clients.ts";
import type { Disk } from "./disk.ts";
import { gather } from "./gather.ts";
import { checkRuns } from "../check/check-runs.ts";
import type { NodeFaults } from "../../support/memory-nodes.ts";
import { Cluster } from "../nodes/cluster.ts";
import { type NodeCount, NodeWeather } from "../nodes/node-weather.ts";
import { type Machines, MOST_STEPS, type Site, stepOrTurn } from "./machines.ts";
import { OneMachine } from "./one-machine.ts";
import { Receiver } from "./receiver.ts";
import { allRuns } from "./rows.ts";
import { Scheduler } from "./scheduler.ts";
import { Senders } from "./senders.ts";
import { Timetable } from "./timetable.ts";
import { Weather } from "./weather.ts";

export interface WorldOptions {
  seed: number;
  disk: Disk;
  /** Puts something between the processes and the store. */
  through?: ((store: Store) => Store) | undefined;
  trace?: ((line: string) => void) | undefined;
  /** Several nodes share a store instead of one process that has the disk. */
  nodes?: (NodeCount & { faults?: NodeFaults }) | undefined;
}

/** Longer waits are slept through: the wall clock jumps, as on a machine that was suspended. */
const LONGEST_WATCH_MS = 180_000;
/** Jumps of the wall clock are heard of within a second, and what failed is tried again in a minute. */
export const REST_MS = 130_000;
const MOST_ROUNDS = 500;
/** Of several nodes each looks for the others all the while. */
const MOST_ROUNDS_OF_NODES = 20;
/** A little more than the longest wait that does not suspend a run. */
const SHORT_MS = 31_000;
/** So long a call that heeds no abort keeps its place, and a little more. */
const LETS_GO_MS = 6_000;

export class World {
  readonly scenario: Scenario;
  readonly scheduler: Scheduler;
  readonly weather: Weather;
  readonly clients: Clients;
  readonly timetable: Timetable;
  readonly #mostRounds: number;
  readonly senders: Senders;
  readonly receiver: Receiver;
  readonly calls: Call[] = [];
  readonly heard: LiveEvent[][] = [];
  readonly faults: string[] = [];
  readonly machines: Machines;
  readonly #options: WorldOptions;
  readonly #draw: Draw;
  readonly #random: () => number;
  /** Draws which runs are gone on from, after the rest of the story. */
  readonly #forks: () => number;
  /** What each run's log was when it was last looked at. */
  readonly #before = new Map<string, RunRecord>();

  constructor(options: WorldOptions) {
    const { seed } = options;
    const stream = (salt: number) => seeded((seed ^ salt) >>> 0);
    this.#options = options;
    this.scenario = generateScenario(seeded(seed));
    this.#random = stream(0x517cc1b7);
    this.#draw = new Draw(this.#random);
    this.#forks = stream(0x7f4a7c15);
    this.scheduler = new Scheduler(stream(0x27220a95));
    this.weather = new Weather(stream(0x1b873593));
    this.clients = new Clients({
      starts: this.scenario.starts,
      random: stream(0x6c078965),
      trace: (line) => this.#trace(line),
    });
    const trace = (line: string) => this.#trace(line);
    const now = () => this.scheduler.now;
    const { nodes } = options;
    const winds = nodes && new NodeWeather(stream(0x4cf5ad43), nodes);
    this.timetable = new Timetable({
      random: stream(0x3c6ef372),
      ...{ now, trace },
      // Whose clocks do not agree start what is due each by its own: that is not to be judged by one.
      ...(winds?.skews && { schedules: [] }),
    });
    this.senders = new Senders({ random: stream(0x5be0cd19), now, trace });
    const { scheduler } = this;
    this.receiver = new Receiver({
      random: stream(0x1f83d9ab),
      ...{ scheduler, trace },
    });
    const site = this.#site(stream);
    this.#mostRounds = nodes ? MOST_ROUNDS_OF_NODES : MOST_ROUNDS;
    this.machines = winds
      ? new Cluster(site, winds, nodes!.faults)
      : new OneMachine(site, options.disk, options.through);
  }

  #site(stream: (salt: number) => () => number): Site {
    const { scheduler, weather, clients, senders, receiver, calls, heard } = this;
    return {
      ...{ scheduler, weather, clients, senders, receiver, calls, heard },
      draw: this.#draw,
      memory: new Draw(stream(0x2545f491)),
      random: this.#random,
      secrets: new TestVault(SECRETS),
      inspect: () => this.#inspect(),
      fault: (message) => this.#fault(message),
      trace: (line) => this.#trace(line),
    };
  }

  /** Plays the story to its end. Nothing goes wrong any more in its last part. */
  async play(): Promise<void> {
    await this.#define();
    await this.#script();
    await this.#answers(this.#draw.int(0, 6));
    await this.#forkSome();
    this.weather.clear();
    this.machines.clear();
    this.receiver.clear();
    await this.#comeToRest(this.#draw.chance(0.75));
  }

  async #define(): Promise<void> {
    for (const { name, definition } of this.scenario.templates) {
      const triggers = name === WIRED
        ? triggersOf(this.senders.sent, this.receiver.events)
        : undefined;
      const request = {
        ...{ name, definition: definition as never, agent_id: "author" },
        ...(triggers && { triggers }),
      };
      await this.#insist((opcode) => opcode.define(request));
    }
    for (const schedule of this.timetable.schedules) {
      await this.#insist((opcode) => this.timetable.make(opcode, schedule));
    }
  }

  /** Asks until there is an answer. */
  async #insist(ask: (opcode: EngineFacade) => Promise<unknown>): Promise<void> {
    for (let isDone = false; !isDone;) {
      const opcode = await this.machines.up();
      let isAnswered = false;
      ask(opcode).then(() => isAnswered = isDone = true, (error) => {
        isAnswered = true;
        if (error.code === "STORE_ERROR" || error.code === "BUSY") return;
        isDone = true;
        this.#fault(String(error));
      });
      while (!isAnswered && this.machines.serves(opcode)) await stepOrTurn(this.scheduler);
    }
  }

  async #script(): Promise<void> {
    const { starts, signals } = this.scenario;
    const script = [
      ...starts.map(({ at }, i) => ({ at, act: () => this.#start(i) })),
      ...signals.map((intent) => ({
        at: intent.at,
        act: () => this.#signal(intent.kind, intent.invalid),
      })),
    ].sort((a, b) => a.at - b.at);
    let story = 0;
    for (const { at, act } of script) {
      await this.#pass(at - story);
      story = at;
      await act();
      this.senders.act(await this.machines.up());
      await this.#reorder();
    }
  }

  async #start(index: number): Promise<void> {
    this.clients.order(await this.machines.up(), this.clients.orders[index]!);
    this.#started = index + 1;
  }

  #started = 0;

  /** Who has no answer yet asks again. */
  async #reorder(): Promise<void> {
    for (const order of this.clients.orders.slice(0, this.#started)) {
      this.clients.order(await this.machines.up(), order);
    }
    this.senders.again(await this.machines.up());
  }

  async #answers(rounds: number): Promise<void> {
    for (let round = 0; round < rounds; round++) {
      if (this.#draw.chance(0.3)) await this.#inspect();
      await this.#pass(this.#draw.pick([5, 400, 3_000, 31_000, 700_000]));
      this.timetable.act(await this.machines.up());
      this.senders.act(await this.machines.up());
      if (this.#draw.chance(0.75)) await this.#answer();
      else await this.#signal(this.#draw.pick(["retry", "retry", "skip", "cancel"]));
      if (this.#draw.chance(0.3)) this.clients.repeat(await this.machines.up());
      await this.#reorder();
    }
  }

  /** Some that have ended are gone on from, each from one of its steps, with other params at times. */
  async #forkSome(): Promise<void> {
    const draw = new Draw(this.#forks);
    if (!draw.chance(0.35)) return;
    for (let left = draw.int(1, 3); left > 0; left--) {
      const runs = await allRuns(this.#store, this.scenario);
      const ended = runs.filter(({ record: { run } }) => isTerminal(run.status));
      if (ended.length === 0) return;
      const { definition, record: { run } } = draw.pick(ended);
      const from_step = draw.pick(definition.steps).id;
      const params = draw.chance(0.3) && { params: someInputs(draw) };
      const start = { at: 0, template: run.templateName, agentId: "forker", ...params };
      this.clients.fork(await this.machines.up(), { start, fork: { from_run: run.id, from_step } });
      this.#started = this.clients.orders.length;
      await this.#pass(draw.pick([5, 400, 3_000, 31_000]));
      const answer = draw.chance(0.5) && pickAnswer(this.#forks, await this.#view());
      if (answer) this.clients.send(await this.machines.up(), answer);
      await this.#reorder();
    }
  }

  async #signal(kind: SignalKind, invalid = false): Promise<void> {
    const view = await this.#view();
    const picked = pickSignal(this.#random, { at: 0, kind, invalid }, view);
    if (picked) this.clients.send(await this.machines.up(), picked);
  }

  async #answer(): Promise<boolean> {
    const picked = pickAnswer(this.#random, await this.#view());
    if (picked) this.clients.send(await this.machines.up(), picked);
    return picked !== null;
  }

  /** `drained`: until no timer is left. Some worlds answer all who wait, some forget them. */
  async #comeToRest(drained: boolean): Promise<void> {
    const answers = this.#draw.pick([0, 2, 25, 25]);
    for (let round = 0;; round++) {
      await this.#pass(REST_MS);
      const isAcknowledged = this.clients.orders.every(({ runId, refused }) =>
        runId !== null || refused
      ) && this.senders.areDone;
      if (!this.senders.areDone) this.senders.again(await this.machines.up(), true);
      if (!isAcknowledged) await this.#reorder();
      else if (round >= this.#mostRounds) return;
      else if (this.scheduler.isWorking) continue;
      else if (drained && (round < answers && await this.#answer())) continue;
      else if (drained ? await this.#skipToNextTimer() : !await this.#isQuiet()) continue;
      else if (!await this.#goesOn()) return;
    }
  }

  /** Whether a step begins whose place was kept by a call that was given up: only time can tell. */
  async #goesOn(): Promise<boolean> {
    const happened = () => this.heard.reduce((sum, { length }) => sum + length, this.calls.length);
    const before = happened();
    await this.#pass(LETS_GO_MS);
    return happened() !== before || this.scheduler.isWorking;
  }

  /** A run that something short is due for is still active, and is not judged in the middle of it. */
  async #isQuiet(): Promise<boolean> {
    const { timers, nextDueAt } = await this.#store.dueTimers(this.now, 1_000);
    if (timers.length > 0) return false;
    const ahead = nextDueAt === null ? Infinity : nextDueAt - this.now;
    const { spreadMs } = this.machines;
    // What was short by the clock of who has set it may be long by the one of who goes on.
    if (ahead > SHORT_MS + spreadMs) return true;
    if (ahead > REST_MS) this.scheduler.jumpWall(ahead);
    return false;
  }

  async #skipToNextTimer(): Promise<boolean> {
    const { timers, nextDueAt } = await this.#store.dueTimers(this.now, 1_000);
    if (timers.length > 0) return true;
    if (nextDueAt === null) return false;
    const ahead = nextDueAt - this.now;
    // Sometimes it wakes long after.
    const late = this.#draw.chance(0.2) ? this.#draw.int(0, 3_600_000) : 0;
    if (ahead > REST_MS) this.scheduler.jumpWall(ahead + late - this.#draw.int(0, 20_000));
    return true;
  }

  /** Lets so many ms pass, and all that happens in them. */
  async #pass(ms: number): Promise<void> {
    const watched = Math.min(ms, LONGEST_WATCH_MS);
    if (ms > watched) {
      await this.#run(watched / 2);
      this.#trace(`asleep for ${ms - watched} ms`);
      this.scheduler.jumpWall(ms - watched);
      await this.#run(watched / 2);
    } else await this.#run(ms);
  }

  async #run(ms: number): Promise<void> {
    const end = this.scheduler.elapsed + ms;
    do await this.machines.keepUp(); while (await this.#step(end));
    this.scheduler.passTo(end);
  }

  async #step(end: number): Promise<boolean> {
    await this.machines.befall();
    const jump = this.weather.jumpMs();
    // Set back while something falls due, the log would say that it came before its time.
    if (jump > 0 || (jump < 0 && this.scheduler.isIdle)) {
      this.#trace(`the wall clock jumps by ${jump} ms`);
      this.scheduler.jumpWall(jump);
    }
    if (this.scheduler.steps > MOST_STEPS) throw new Error("the world does not come to rest");
    return await this.scheduler.step(end) || this.machines.areDown;
  }

  /** What was committed before is still there, and what is there makes sense. */
  async #inspect(): Promise<void> {
    const evidence = await gather({ ...this.sight, store: this.#store, final: false });
    for (const { record } of evidence) {
      const before = this.#before.get(record.run.id);
      if (before) this.faults.push(...checkProgress(before, record));
      this.#before.set(record.run.id, record);
    }
    this.faults.push(...checkRuns(evidence).map((fault) => `on the way: ${fault}`));
  }

  /** Wall time where it is earliest, epoch ms. */
  get now(): number {
    return this.machines.now;
  }

  /** By how many ms what was noted later may look earlier than what was noted before it. */
  get setBackMs(): number {
    return this.scheduler.setBackMs + this.machines.spreadMs;
  }

  /** What is looked at, and by which clocks. */
  get sight() {
    const { scenario, calls, now, setBackMs, machines: { spreadMs } } = this;
    return { scenario, calls, now, setBackMs, spreadMs };
  }

  async #view(): Promise<View> {
    return {
      runs: (await allRuns(this.#store, this.scenario)).map((evidence) => viewOf(evidence)),
    };
  }

  get #store(): Store {
    return this.machines.store;
  }

  #fault(message: string): void {
    this.#trace(`FAULT ${message}`);
    this.faults.push(message);
  }

  #trace(line: string): void {
    this.#options.trace?.(
      `${new Date(this.scheduler.now).toISOString()} +${this.scheduler.elapsed.toFixed(0)} ${line}`,
    );
  }
}
