/**
 * Arms the incidents of a plan: waits for each one's trigger and injects it, once.
 *
 * A kill happens on the spot, in the middle of what its victim is doing. Everything else that is triggered by a fact or a
 * port call happens in an event of its own at the same instant, so that no service and no process is entered while
 * another one is half-way through a call. An incident whose victim is dead when it is due does not happen at all,
 * but for a power loss, which is the host's.
 */
import type { FactKind } from '../../core/facts.ts';
import type { LiveProcess } from '../kernel/process.ts';
import type { FactTriggers } from '../kernel/probes.ts';
import type { Kernel, Target } from '../kernel/types.ts';
import { type Incident, incidentFault } from './incident.ts';
import type { FaultWorld, Lasting } from './vocabulary/define.ts';
import type { Trigger } from './vocabulary/trigger.ts';

interface Armed {
  readonly incident: Incident;
  fired: boolean;
}
interface FactWatch extends Armed {
  readonly nth: number;
  readonly where: readonly (readonly [path: readonly string[], value: string | number])[];
  seen: number;
}
interface CallWatch extends Armed {
  readonly nth: number;
}

export class Incidents implements FactTriggers {
  readonly fired = new Map<string, number>();
  readonly #kernel: Kernel;
  readonly #world: FaultWorld;
  readonly #byFact = new Map<FactKind, FactWatch[]>();
  readonly #byCall = new Map<string, CallWatch[]>();
  readonly #all: Armed[] = [];
  /** Faults under way that end by themselves. */
  readonly #lasting = new Set<Lasting>();
  /** Of all of them, those that come later included: kinds of facts that start or end one, and processes whose calls do. */
  readonly #facts: ReadonlySet<FactKind>;
  readonly #callers: ReadonlySet<string>;
  #healed = false;

  /** `later`: those that `anew` will be given. */
  constructor(incidents: readonly Incident[], kernel: Kernel, world: FaultWorld, later: readonly Incident[] = []) {
    this.#kernel = kernel;
    this.#world = world;
    const all = [...incidents, ...later];
    this.#facts = new Set(
      all.flatMap(({ what, when }) => [
        ...(when.kind === 'fact' ? [when.fact] : []),
        ...('untilFact' in what && what.untilFact !== undefined ? [what.untilFact] : []),
      ]),
    );
    this.#callers = new Set(all.flatMap(({ when }) => (when.kind === 'port-call' ? [when.process] : [])));
    for (const incident of incidents) this.#arm(incident, incident.when);
  }

  /** What has not fired never will, what lasts ends, and these are armed, their times and counts from now on. */
  anew(incidents: readonly Incident[]): void {
    this.heal();
    this.#healed = false;
    for (const armed of this.#all) armed.fired = true;
    this.#byFact.clear();
    this.#byCall.clear();
    for (const incident of incidents) this.#arm(incident, incident.when);
  }

  #arm(incident: Incident, when: Trigger): void {
    switch (when.kind) {
      case 'time': {
        const armed = this.#armed({ incident, fired: false });
        this.#fireAt(when.ms * 1000, armed, undefined);
        return;
      }
      case 'fact': {
        const where = Object.entries(when.where ?? {}).map(([path, value]) => [path.split('.'), value] as const);
        const watch = this.#armed({ incident, fired: false, nth: when.nth, where, seen: 0 });
        listIn(this.#byFact, when.fact).push(watch);
        return;
      }
      case 'port-call': {
        const watch = this.#armed({ incident, fired: false, nth: when.nth });
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
    return this.#healed ? 0 : this.#all.filter((armed) => !armed.fired).length;
  }

  /** What has not fired never will, and what lasts ends. */
  heal(): void {
    this.#healed = true;
    for (const lasting of [...this.#lasting]) this.#endOf(lasting);
  }

  waitsFor(kind: FactKind): boolean {
    return this.#facts.has(kind);
  }

  factStated(kind: FactKind, fact: object, process: LiveProcess): void {
    for (const lasting of this.#lasting)
      if (lasting.untilFact === kind)
        this.#after(0, () => {
          this.#endOf(lasting);
        });
    for (const watch of this.#byFact.get(kind) ?? []) {
      if (watch.fired || !matches(fact, watch)) continue;
      if (++watch.seen === watch.nth) this.#due(watch, process.id);
    }
  }

  /** True if `portCalled` has to hear of this process's calls. */
  countsCallsOf(process: string): boolean {
    return this.#callers.has(process);
  }

  /** `nth`: over all incarnations, from 1. */
  portCalled(process: string, nth: number): void {
    for (const watch of this.#byCall.get(process) ?? []) {
      if (watch.nth === nth && !watch.fired) this.#due(watch, process);
    }
  }

  #due(armed: Armed, self: string): void {
    if (incidentFault(armed.incident.what.kind).onTheSpot) this.#fire(armed, self);
    else this.#fireAt(0, armed, self);
  }

  #fireAt(delayUs: number, armed: Armed, self: string | undefined): void {
    this.#after(delayUs, () => {
      this.#fire(armed, self);
    });
  }

  #after(delayUs: number, fire: () => void): void {
    const target: Target = { id: this.#kernel.nextId(), fire };
    this.#kernel.schedule(delayUs, target);
  }

  #fire(armed: Armed, self: string | undefined): void {
    if (this.#healed || armed.fired) return;
    armed.fired = true;
    const { what } = armed.incident;
    const injected = incidentFault(what.kind).inject(this.#world, what, self);
    if (injected === false) return;
    if (injected !== true) this.#lasts(injected);
    this.fired.set(what.kind, (this.fired.get(what.kind) ?? 0) + 1);
  }

  #lasts(lasting: Lasting): void {
    this.#lasting.add(lasting);
    this.#after(lasting.forMs * 1000, () => {
      this.#endOf(lasting);
    });
  }

  #endOf(lasting: Lasting): void {
    if (this.#lasting.delete(lasting)) lasting.end();
  }
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
