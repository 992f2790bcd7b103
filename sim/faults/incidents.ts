/**
 * Arms the incidents of a plan: waits for each one's trigger and lets it strike, once.
 *
 * A kill strikes on the spot, in the middle of whatever its victim is doing. Everything else that is triggered by a fact
 * or a port call strikes in an event of its own at the same instant, so that no service and no process is entered while
 * another one is half-way through a call. An incident whose victim is dead when it is due does not strike at all.
 */
import type { FactKind } from '../../core/facts.ts';
import type { LiveProcess } from '../kernel/process.ts';
import type { FactTriggers } from '../kernel/probes.ts';
import type { Kernel, Target } from '../kernel/types.ts';
import type { Incident, Trigger, What } from './incident.ts';

/** What an incident does to the universe. False: it could not strike. */
export interface IncidentWorld {
  readonly kernel: Kernel;
  kill(process: string, restartAfterMs: number): boolean;
  resetConnections(process: string): boolean;
  /** Cuts the process's host off; what it returns ends that. Undefined: there is no such process. */
  isolate(process: string): (() => void) | undefined;
  operate(what: What): boolean;
}

/** For whoever adds, lists or doubts a fault: one row per kind. `default` is its share in a calm plan: none. */
export interface IncidentKind {
  readonly default: string;
  readonly cause: string;
  /** The file and the title of the test that shows that it fires. */
  readonly test: readonly [file: string, title: string];
}
export const INCIDENT_KINDS: Readonly<Record<What['kind'], IncidentKind>> = {
  kill: {
    default: 'none',
    cause: 'out-of-memory killer, eviction, kernel panic, a deployment: the process is gone between two instructions',
    test: ['sim/faults/incidents.test.ts', 'a kill strikes at its time and the process starts again after the delay'],
  },
  'reset-connections': {
    default: 'none',
    cause: 'a switch or a NAT table restarts: both ends of every connection of a host hear a reset, both live on',
    test: ['sim/faults/incidents.test.ts', 'a reset closes the connections of the host at both ends'],
  },
  isolate: {
    default: 'none',
    cause: 'a network partition around one machine: its processes live on and work, but nobody hears from them',
    test: ['sim/faults/incidents.test.ts', 'an isolated host loses its connections and gets none until it heals'],
  },
  rescale: {
    default: 'none',
    cause: 'an operator or an autoscaler asks for another parallelism while the job runs',
    test: ['sim/faults/incidents.test.ts', 'a rescale reaches the handler of operations'],
  },
  savepoint: {
    default: 'none',
    cause: 'an operator takes a savepoint before an upgrade or for a copy of the job, while the job runs',
    test: ['sim/faults/incidents.test.ts', 'a savepoint and a stop reach the handler of operations'],
  },
  stop: {
    default: 'none',
    cause: 'an operator stops the job with a savepoint for an upgrade or a move, with or without draining it',
    test: ['sim/faults/incidents.test.ts', 'a savepoint and a stop reach the handler of operations'],
  },
};

interface Armed {
  readonly incident: Incident;
  struck: boolean;
}
interface FactWatch extends Armed {
  readonly nth: number;
  readonly where: readonly (readonly [path: readonly string[], value: string | number])[];
  seen: number;
}
/** A fault that ends by itself. */
interface Lasting {
  readonly untilFact: FactKind | undefined;
  readonly end: () => void;
}
interface CallWatch extends Armed {
  readonly nth: number;
}

export class Incidents implements FactTriggers {
  readonly fired = new Map<string, number>();
  readonly #world: IncidentWorld;
  readonly #byFact = new Map<FactKind, FactWatch[]>();
  readonly #byCall = new Map<string, CallWatch[]>();
  readonly #all: Armed[] = [];
  /** Faults under way that end by themselves. */
  readonly #lasting = new Set<Lasting>();
  /** Kinds of facts that may end one. */
  readonly #endingFacts: ReadonlySet<FactKind>;
  #healed = false;

  constructor(incidents: readonly Incident[], world: IncidentWorld) {
    this.#world = world;
    this.#endingFacts = new Set(
      incidents.flatMap(({ what }) =>
        what.kind === 'isolate' && what.untilFact !== undefined ? [what.untilFact] : [],
      ),
    );
    for (const incident of incidents) this.#arm(incident, incident.when);
  }

  #arm(incident: Incident, when: Trigger): void {
    switch (when.kind) {
      case 'time': {
        const armed = this.#armed({ incident, struck: false });
        this.#strikeAt(when.ms * 1000, armed, undefined);
        return;
      }
      case 'fact': {
        const where = Object.entries(when.where ?? {}).map(([path, value]) => [path.split('.'), value] as const);
        const watch = this.#armed({ incident, struck: false, nth: when.nth, where, seen: 0 });
        listIn(this.#byFact, when.fact).push(watch);
        return;
      }
      case 'port-call': {
        const watch = this.#armed({ incident, struck: false, nth: when.nth });
        listIn(this.#byCall, when.process).push(watch);
        return;
      }
    }
  }

  #armed<A extends Armed>(armed: A): A {
    this.#all.push(armed);
    return armed;
  }

  /** Incidents that have not been due yet and still can be. */
  get armed(): number {
    return this.#healed ? 0 : this.#all.filter((armed) => !armed.struck).length;
  }

  /** What has not struck never will, and what lasts ends. */
  heal(): void {
    this.#healed = true;
    for (const lasting of [...this.#lasting]) this.#endOf(lasting);
  }

  waitsFor(kind: FactKind): boolean {
    return this.#byFact.has(kind) || this.#endingFacts.has(kind);
  }

  factStated(kind: FactKind, fact: object, process: LiveProcess): void {
    for (const lasting of this.#lasting)
      if (lasting.untilFact === kind)
        this.#after(0, () => {
          this.#endOf(lasting);
        });
    for (const watch of this.#byFact.get(kind) ?? []) {
      if (watch.struck || !matches(fact, watch)) continue;
      if (++watch.seen === watch.nth) this.#due(watch, process.id);
    }
  }

  /** True if `portCalled` has to hear of this process's calls. */
  countsCallsOf(process: string): boolean {
    return this.#byCall.has(process);
  }

  /** `nth`: over all incarnations, from 1. */
  portCalled(process: string, nth: number): void {
    for (const watch of this.#byCall.get(process) ?? []) {
      if (watch.nth === nth && !watch.struck) this.#due(watch, process);
    }
  }

  #due(armed: Armed, self: string): void {
    if (armed.incident.what.kind === 'kill') this.#strike(armed, self);
    else this.#strikeAt(0, armed, self);
  }

  #strikeAt(delayUs: number, armed: Armed, self: string | undefined): void {
    this.#after(delayUs, () => this.#strike(armed, self));
  }

  #after(delayUs: number, fire: () => void): void {
    const kernel = this.#world.kernel;
    const target: Target = { id: kernel.nextId(), fire };
    kernel.schedule(delayUs, target);
  }

  #isolate(what: Extract<What, { readonly kind: 'isolate' }>, self: string | undefined): boolean {
    const end = this.#world.isolate(named(what.process, self));
    if (end === undefined) return false;
    const lasting: Lasting = { untilFact: what.untilFact, end };
    this.#lasting.add(lasting);
    this.#after(what.forMs * 1000, () => {
      this.#endOf(lasting);
    });
    return true;
  }

  #endOf(lasting: Lasting): void {
    if (this.#lasting.delete(lasting)) lasting.end();
  }

  #strike(armed: Armed, self: string | undefined): void {
    if (this.#healed || armed.struck) return;
    armed.struck = true;
    const what = armed.incident.what;
    if (this.#happens(what, self)) this.fired.set(what.kind, (this.fired.get(what.kind) ?? 0) + 1);
  }

  #happens(what: What, self: string | undefined): boolean {
    const world = this.#world;
    switch (what.kind) {
      case 'kill':
        return world.kill(named(what.process, self), what.restartAfterMs);
      case 'reset-connections':
        return world.resetConnections(named(what.process, self));
      case 'isolate':
        return this.#isolate(what, self);
      case 'rescale':
      case 'savepoint':
      case 'stop':
        return world.operate(what);
    }
  }
}

/** `self` is the process that stated the fact or made the call; at a time there is none, and nothing strikes. */
function named(process: string, self: string | undefined): string {
  return process === 'self' ? (self ?? '') : process;
}

function matches(fact: object, watch: FactWatch): boolean {
  return watch.where.every(([path, value]) => reach(fact, path) === value);
}

function reach(fact: object, path: readonly string[]): unknown {
  let at: unknown = fact;
  for (const name of path) {
    if (typeof at !== 'object' || at === null) return undefined;
    at = Reflect.get(at, name);
  }
  return at;
}

function listIn<K, V>(lists: Map<K, V[]>, key: K): V[] {
  let list = lists.get(key);
  if (list === undefined) {
    list = [];
    lists.set(key, list);
  }
  return list;
}
