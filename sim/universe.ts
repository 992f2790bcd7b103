/**
 * A universe: virtual time, hosts, processes, the services of the outside world, and the incidents of one plan. It knows
 * no engine: the code that composes a run launches processes with a `main` that gets the process's ports.
 *
 *     const universe = new Universe({ choices: { seed }, world: calmWorld, incidents: [], listeners: [] });
 *     universe.launch('host-1', 'jobmanager', (ports) => { ... });
 *     universe.run(60_000_000);   // 'stopped' | 'dry' | 'deadline'
 *     universe.close();
 *
 * The same options and the same launches give the same run, digest included. Listeners, `recordOverrides`, the scratch
 * and other universes leave no trace in it.
 */
import { EngineBug } from '../core/errors.ts';
import type { Probe } from '../core/facts.ts';
import type { Ports } from '../core/ports.ts';
import { createScope, type Scope } from '../core/waiting.ts';
import type { Incident } from './faults/incident.ts';
import { Incidents } from './faults/incidents.ts';
import type { FaultWorld, Operator } from './faults/vocabulary/define.ts';
import { SimExecutor } from './kernel/actors.ts';
import { SimChoices } from './kernel/choices.ts';
import { ProcessClock } from './kernel/clock.ts';
import { ProcessBuggify, ProcessRandom } from './kernel/dice.ts';
import { EventQueue } from './kernel/event-queue.ts';
import { Host } from './kernel/host.ts';
import { SimKernel } from './kernel/kernel.ts';
import { FactHub } from './kernel/probes.ts';
import { LiveProcess } from './kernel/process.ts';
import type { Scratch } from './kernel/scratch.ts';
import type { ChoicesSpec, Override } from './kernel/types.ts';
import { SimBroker } from './services/broker.ts';
import { type DiskFault, SimDisk } from './services/disk.ts';
import { SimExternalServices } from './services/external.ts';
import { SimHaStore } from './services/ha-store.ts';
import { SimNetwork } from './services/network.ts';
import { SimObjectStore } from './services/object-store.ts';
import type { WorldConfig } from './world-config.ts';

/** No honest run takes so many events: something spins at one instant. */
const EVENTS_MAX = 50_000_000;

export interface UniverseOptions {
  readonly choices: ChoicesSpec;
  readonly world: WorldConfig;
  readonly incidents: readonly Incident[];
  /** Of the second part of the run, which begins with `beginLater`. */
  readonly later?: { readonly choices: ChoicesSpec; readonly incidents: readonly Incident[] };
  /** They hear every fact of every living process, in this order, and change nothing. An error of theirs ends `run`. */
  readonly listeners: readonly Probe[];
  /** Keep every draw that is not 0, for `overrides()`. */
  readonly recordOverrides?: boolean | undefined;
  /** Arenas to reuse. */
  readonly scratch?: Scratch | undefined;
  /** Off only to measure what the digest costs. */
  readonly digest?: boolean | undefined;
}

/** What a person asks of the job. */
type Ask = (operator: Operator) => void;

/** The end of one life of a process. */
export interface Death {
  readonly process: string;
  readonly incarnation: number;
  readonly atUs: number;
  readonly cause: 'killed' | 'crashed';
}
/** A process that ended by an error that escaped from its code: a bug of that code. */
export interface Crash {
  readonly process: string;
  readonly incarnation: number;
  readonly atUs: number;
  readonly message: string;
}

/** What outlives the lives of a process. */
interface Slot {
  readonly name: string;
  readonly host: Host;
  readonly disk: SimDisk;
  readonly main: (ports: Ports) => void;
  readonly callsCounted: boolean;
  calls: number;
  incarnation: number;
  life: { readonly process: LiveProcess; readonly scope: Scope } | undefined;
  death: Death | undefined;
  /** Its host is gone for good. */
  gone: boolean;
}

export class Universe {
  readonly kernel: SimKernel;
  readonly choices: SimChoices;
  readonly broker: SimBroker;
  readonly objects: SimObjectStore;
  readonly ha: SimHaStore;
  readonly network: SimNetwork;
  readonly services: SimExternalServices;
  readonly crashes: Crash[] = [];
  readonly deaths: Death[] = [];
  /** Processes that are dead and will start again. */
  restartsPending = 0;

  readonly #config: WorldConfig;
  readonly #scratch: Scratch | undefined;
  readonly #queue: EventQueue;
  readonly #incidents: Incidents;
  readonly #later: UniverseOptions['later'];
  readonly #listeners: Probe[];
  /** Made when the first process starts. */
  #facts: FactHub | undefined;
  readonly #hosts = new Map<string, { readonly host: Host; readonly disk: SimDisk }>();
  readonly #slots = new Map<string, Slot>();
  readonly #deathListeners: ((death: Death) => void)[] = [];
  readonly #diskListeners: ((what: DiskFault, host: string, path: string | undefined) => void)[] = [];
  readonly #powerListeners: ((process: string) => void)[] = [];
  readonly #clockListeners: ((process: string, byMs: number) => void)[] = [];
  readonly #crashListeners: ((crash: Crash) => void)[] = [];
  #operate: ((ask: Ask) => void) | undefined;
  readonly #healing = { healed: false };
  #stopped = false;
  #closed = false;
  #listenerFailure: { readonly error: unknown } | undefined;

  constructor(options: UniverseOptions) {
    const config = options.world;
    this.#config = config;
    this.#scratch = options.scratch;
    this.#queue = options.scratch?.takeQueue() ?? new EventQueue();
    this.kernel = new SimKernel(this.#queue, options.digest ?? true);
    this.choices = new SimChoices(options.choices, this.kernel, options.recordOverrides ?? false);
    this.broker = new SimBroker(this, config);
    this.objects = new SimObjectStore(this, config);
    this.ha = new SimHaStore(this, config);
    this.network = new SimNetwork(this, config);
    this.services = new SimExternalServices(this, config);
    this.#later = options.later;
    const incidentsLater = options.later?.incidents ?? [];
    const world: FaultWorld = {
      network: this.network,
      objects: this.objects,
      broker: this.broker,
      ha: this.ha,
      hostOf: (process) => this.hostOf(process),
      diskOf: (process) => this.#slots.get(process)?.disk,
      kill: (process, restartAfterMs) => this.#kill(process, restartAfterMs),
      powerLoss: (process, restartAfterMs) => this.#powerLoss(process, restartAfterMs),
      stepClock: (process, byMs) => {
        const host = this.#slots.get(process)?.host;
        if (host === undefined) return false;
        host.stepClock(byMs);
        for (const slot of this.#slots.values()) {
          if (slot.host === host) for (const listener of this.#clockListeners) listener(slot.name, byMs);
        }
        return true;
      },
      operate: (ask) => this.#operated(ask),
    };
    this.#incidents = new Incidents(options.incidents, this.kernel, world, incidentsLater);
    this.#listeners = [...options.listeners];
  }

  // ---- processes

  /** Starts a process at virtual time 0, as an event, in order of the calls; and again, as a new incarnation, after a kill. */
  launch(host: string, process: string, main: (ports: Ports) => void): void {
    if (this.#slots.has(process)) throw new EngineBug(`two processes are named ${process}`);
    const slot: Slot = {
      name: process,
      ...this.#hostNamed(host),
      main,
      callsCounted: this.#incidents.countsCallsOf(process),
      calls: 0,
      incarnation: 0,
      life: undefined,
      death: undefined,
      gone: false,
    };
    this.#slots.set(process, slot);
    this.#happen(0, () => this.#start(slot));
  }

  /** An event inside the process at this instant; nothing if it is dead by then. */
  enter(process: string, run: () => void): void {
    this.#happen(0, () => this.#slots.get(process)?.life?.process.enter(run));
  }

  /** A person stops the process, and starts it again after a while. Nothing if it is dead: it will start by itself. */
  restart(process: string, afterMs: number): void {
    this.#kill(process, afterMs);
  }

  /** Its host goes for good: it does not start again, either, if it is dead. */
  remove(process: string): void {
    const slot = this.#slots.get(process);
    if (slot === undefined) return;
    slot.gone = true;
    slot.life?.process.kill();
  }

  /** An event of its own at this instant, outside of every process. */
  soon(run: () => void): void {
    this.#happen(0, run);
  }

  isAlive(process: string): boolean {
    return this.#slots.get(process)?.life !== undefined;
  }

  /** Who answers when a person asks something of the job (`rescale`). Called in an event of its own. */
  onOperation(handler: (ask: Ask) => void): void {
    this.#operate = handler;
  }

  /** A further listener, behind those of the options. Only before the first `run`. */
  listen(probe: Probe): void {
    if (this.#facts !== undefined) throw new EngineBug('listeners come before the first process starts');
    this.#listeners.push(probe);
  }

  /** Called when a disk does something wrong, with the path if a request for a file meets it. It leaves no trace in the run. */
  onDiskFault(listener: (what: DiskFault, host: string, path: string | undefined) => void): void {
    this.#diskListeners.push(listener);
  }

  /** Called in the event in which the host of a process loses power, with the process, dead or alive, before it is killed. It leaves no trace in the run. */
  onPowerLost(listener: (process: string) => void): void {
    this.#powerListeners.push(listener);
  }

  /** Called in the event in which the wall clock of a process' host is set, with the process and by how much. */
  onClockStepped(listener: (process: string, byMs: number) => void): void {
    this.#clockListeners.push(listener);
  }

  /** Called in the event in which a process dies. It must change nothing. */
  onDeath(listener: (death: Death) => void): void {
    this.#deathListeners.push(listener);
  }

  /** Called, after `onDeath`, in the event in which a process crashes. It must change nothing. */
  onCrash(listener: (crash: Crash) => void): void {
    this.#crashListeners.push(listener);
  }

  /** The process that states the fact which listeners are hearing now. */
  get stating(): string {
    return this.#facts?.stating ?? '';
  }

  /** From here on nobody hears what processes state, and no incident waits for it. */
  hush(): void {
    if (this.#facts !== undefined) this.#facts.hushed = true;
  }

  // ---- time

  /** Until `stop`, until nothing is left to happen, or until the next event would be later than `untilUs`. */
  run(untilUs: number, eventsMax = EVENTS_MAX): 'stopped' | 'dry' | 'deadline' {
    if (this.#closed) throw new EngineBug('this universe is closed');
    const kernel = this.kernel;
    this.#stopped = false;
    for (let events = 0; events < eventsMax; events++) {
      const next = kernel.nextTime();
      if (next === Infinity) return 'dry';
      if (next > untilUs) return 'deadline';
      kernel.step();
      if (this.#stopped) {
        if (this.#listenerFailure !== undefined) throw this.#listenerFailure.error;
        return 'stopped';
      }
    }
    return 'deadline';
  }

  /** Ends `run` after the current event. */
  stop(): void {
    this.#stopped = true;
  }

  /** At this instant, in an event of its own. Nothing if it is dead by then. */
  kill(process: string, restartAfterMs: number): void {
    this.#happen(0, () => {
      this.#kill(process, restartAfterMs);
    });
  }

  /**
   * The end of chaos: incidents that have not happened never will, what lasts ends, no reply is lost any more, and what was slow by
   * a fault is slow no more: a link, an actor. Pending restarts still happen.
   */
  heal(): void {
    this.#incidents.heal();
    this.#healing.healed = true;
    for (const service of [this.broker, this.objects, this.ha, this.services, this.network]) service.heal();
    for (const { disk } of this.#hosts.values()) disk.heal();
  }

  /** Of the first part nothing happens any more: its incidents are over. */
  endFirst(): void {
    this.#incidents.heal();
  }

  /** From here on the choices and incidents of `later` hold, as if the run began now. Between two events only. */
  beginLater(): void {
    if (this.#later === undefined) throw new EngineBug('this universe has one part only');
    this.choices.anew(this.#later.choices);
    this.#incidents.anew(this.#later.incidents);
    for (const slot of this.#slots.values()) slot.calls = 0;
  }

  /** Gives the arenas back. What was reported stays readable, nothing can run any more. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#scratch?.giveBack(this.#queue);
  }

  // ---- reports

  get nowUs(): number {
    return this.kernel.nowUs;
  }

  /** Undefined: there is no such process. */
  hostOf(process: string): string | undefined {
    return this.#slots.get(process)?.host.name;
  }

  /** Paths on the disk of a process' host, sorted; none if there is no such process. Reading them leaves no trace in the run. */
  hostFiles(process: string): readonly string[] {
    return this.#slots.get(process)?.disk.paths() ?? [];
  }

  /** What the wall clock of a process' host shows; undefined: there is no such process. Reading it leaves no trace in the run. */
  wallMs(process: string): number | undefined {
    return this.#slots.get(process)?.host.wallMs();
  }

  /** 16 hex digits over every event, draw, port call and byte sequence handed to a port. */
  get digest(): string {
    return this.kernel.digest;
  }

  /** Incidents that really happened, by kind. */
  get fired(): ReadonlyMap<string, number> {
    return this.#incidents.fired;
  }

  /** Incidents that still can happen. */
  get incidentsArmed(): number {
    return this.#incidents.armed;
  }

  /** Every draw so far that was not 0: as explicit choices they give this run again. Empty without `recordOverrides`. */
  overrides(): readonly Override[] {
    return this.choices.recorded();
  }

  /** The wait-for explanation: a line per coroutine that waits, and per process that is dead. */
  whoWaits(): readonly string[] {
    return [...this.#slots.values()].flatMap(({ name, life, death, gone }) => {
      if (life !== undefined) {
        return life.scope.waiting().map((waiter) => `${name}: ${waiter.name} waits for ${waiter.what}`);
      }
      if (gone) return [`${name}: its host is gone`];
      if (death === undefined) return [`${name}: has not started`];
      return [`${name}: ${death.cause} at ${Math.floor(death.atUs / 1000)} ms`];
    });
  }

  // ---- inside

  #hostNamed(name: string): { readonly host: Host; readonly disk: SimDisk } {
    let named = this.#hosts.get(name);
    if (named === undefined) {
      const host = new Host(name, this.kernel, this.choices, this.#config);
      named = {
        host,
        disk: new SimDisk(this, this.#config, name, (what, path) => {
          for (const listener of this.#diskListeners) listener(what, name, path);
        }),
      };
      this.#hosts.set(name, named);
    }
    return named;
  }

  /** For rare events only: it makes a closure. */
  #happen(delayUs: number, action: () => void): void {
    this.kernel.schedule(delayUs, { id: this.kernel.nextId(), fire: action });
  }

  #start(slot: Slot): void {
    if (slot.gone) return;
    const process: LiveProcess = new LiveProcess(slot.name, slot.host, ++slot.incarnation, this.kernel, {
      portCalled: () => {
        if (slot.callsCounted) this.#incidents.portCalled(slot.name, ++slot.calls);
      },
      died: (_, cause, message) => this.#buried(slot, cause, message),
    });
    process.probe = this.#hub().probeFor(process);
    const executor = new SimExecutor(process, this.kernel, this.choices, this.#config, this.#healing);
    const scope = createScope(executor, 'main', (error) => process.fail(error));
    slot.life = { process, scope };
    process.enter(() => slot.main(this.#portsOf(slot, process, executor, scope)));
  }

  #hub(): FactHub {
    this.#facts ??= new FactHub(this.#listeners, this.#incidents, (error) => {
      this.#listenerFailure ??= { error };
      this.#stopped = true;
    });
    return this.#facts;
  }

  #portsOf(slot: Slot, process: LiveProcess, executor: SimExecutor, scope: Scope): Ports {
    return {
      self: { host: slot.host.name, process: slot.name, incarnation: process.incarnation },
      executor,
      scope,
      clock: new ProcessClock(process, this.kernel, this.choices, this.#config),
      network: this.network.door(process),
      disk: slot.disk.door(process),
      objects: this.objects.door(process),
      log: this.broker.door(process),
      services: this.services.door(process),
      ha: this.ha.door(process),
      random: new ProcessRandom(process, this.choices),
      buggify: new ProcessBuggify(process, this.choices, this.#config),
      probe: process.probe,
    };
  }

  #buried(slot: Slot, cause: Death['cause'], message: string): void {
    const { name: process, incarnation } = slot;
    const atUs = this.kernel.nowUs;
    slot.life = undefined;
    slot.death = { process, incarnation, atUs, cause };
    this.deaths.push(slot.death);
    for (const heard of this.#deathListeners) heard(slot.death);
    if (cause !== 'crashed') return;
    const crash = { process, incarnation, atUs, message };
    this.crashes.push(crash);
    for (const heard of this.#crashListeners) heard(crash);
  }

  #kill(name: string, restartAfterMs: number): boolean {
    const slot = this.#slots.get(name);
    const victim = slot?.life;
    if (slot === undefined || victim === undefined) return false;
    victim.process.kill();
    this.restartsPending++;
    this.#happen(restartAfterMs * 1000, () => {
      this.restartsPending--;
      this.#start(slot);
    });
    return true;
  }

  #powerLoss(name: string, restartAfterMs: number): boolean {
    const dark = this.#slots.get(name);
    if (dark === undefined || dark.gone) return false;
    for (const slot of this.#slots.values()) {
      if (slot.host !== dark.host) continue;
      for (const listener of this.#powerListeners) listener(slot.name);
      this.#kill(slot.name, restartAfterMs);
    }
    dark.disk.powerLoss();
    return true;
  }

  #operated(ask: Ask): boolean {
    if (this.#operate === undefined) return false;
    this.#operate(ask);
    return true;
  }
}
