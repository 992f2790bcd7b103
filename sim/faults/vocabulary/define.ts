/**
 * A fault is one value: what it is in the real world, how plans draw it, what it does, what it costs, how it is said, and
 * the test that shows that it fires. There are two forms.
 *
 *   incident   happens at a chosen instant (`Trigger`), with fields of its own: a kill, a rescale
 *   rate       a service or the scheduler is unkind by itself, so often or so much as its knobs say: lost replies
 *
 * To add one: a file in `sim/faults`, a line in `sim/faults/index.ts`. What a rate does is done by the service that reads
 * its knobs.
 */
import { EngineBug } from '../../../core/errors.ts';
import type { FactKind } from '../../../core/facts.ts';
import type { SimBroker } from '../../services/broker.ts';
import type { SimDisk } from '../../services/disk.ts';
import type { SimHaStore } from '../../services/ha-store.ts';
import type { SimNetwork } from '../../services/network.ts';
import type { SimObjectStore } from '../../services/object-store.ts';
import type { Cost } from './cost.ts';
import type { Dice, PlanShape } from './draw.ts';
import { type AnyWhat, type Fields, hasFields, type WhatOf } from './fields.ts';
import type { Knobs, NumbersOf, Swarm } from './knob.ts';
import type { Trigger } from './trigger.ts';

/** For commands that list the faults, and for readers who doubt one. */
export interface FaultInfo {
  /** In a few words: "a host cut off". */
  readonly title: string;
  /** What makes it happen in the real world. */
  readonly cause: string;
  /** The file and the title of the test that shows that it fires. */
  readonly test: readonly [file: string, title: string];
  /** A planted bug (an entry of the zoo, by its id) that it finds. */
  readonly finds?: string;
  /** States that campaigns have to reach (`properties/marks`) and that it takes this fault to come to. */
  readonly marks?: readonly string[];
}

/** What a person can ask of the job; the composition of a run says who answers. */
export interface Operator {
  rescale(parallelism: number): void;
  /** Of one operator: the `vertex`-th of the job, counted round from its sources. */
  rescaleOperator(vertex: number, parallelism: number): void;
  savepoint(kind: 'savepoint' | 'stop' | 'drain'): void;
  /** What is asked for: numbers, to choose by among what there is. */
  query(state: number, key: number): void;
  /** A further host with a task manager comes. */
  hostJoins(): void;
  /** The host of this task manager goes for good: of a job in reactive mode, and not the last one. */
  hostLeaves(taskManager: string): void;
  /** Starts the next version of the job, if there is one: from a savepoint, or from what checkpoint there is. */
  upgrade(how: 'savepoint' | 'checkpoint', parallelism: number): void;
}

/** What an incident can reach. */
export interface FaultWorld {
  readonly network: SimNetwork;
  readonly objects: SimObjectStore;
  readonly broker: SimBroker;
  readonly ha: SimHaStore;
  /** Undefined: there is no such process. */
  hostOf(process: string): string | undefined;
  diskOf(process: string): SimDisk | undefined;
  /** False: it is dead already. It starts again on the same host. */
  kill(process: string, restartAfterMs: number): boolean;
  /** Its host goes dark, with all its processes, which start again. False: there is no such process. */
  powerLoss(process: string, restartAfterMs: number): boolean;
  /** The wall clock of its host is set forward by so much. False: there is no such process. */
  stepClock(process: string, byMs: number): boolean;
  /** False: there is no job that could be asked. */
  operate(ask: (operator: Operator) => void): boolean;
}

/** Something that has begun and ends by itself: after `forMs`, at the next fact `untilFact`, or when faults heal. */
export interface Lasting {
  readonly forMs: number;
  readonly untilFact: FactKind | undefined;
  end(): void;
}

interface IncidentSpec<K extends string, F extends Fields> extends FaultInfo {
  readonly kind: K;
  readonly fields: F;
  /**
   * It happens in the very call that is its trigger, in the middle of what the process is doing. Else it happens in an
   * event of its own at the same instant, so that no service is entered while a process is half-way through a call.
   */
  readonly onTheSpot?: boolean;
  /** `self`: the process of the trigger, if there is one. False: it could not happen. */
  inject(world: FaultWorld, what: WhatOf<K, F>, self: string | undefined): boolean | Lasting;
  draw(dice: Dice, shape: PlanShape): readonly { readonly what: WhatOf<K, F>; readonly when: Trigger }[];
  /** Default: nothing. */
  cost?(what: WhatOf<K, F>): Partial<Cost>;
  /** "kill taskmanager-1 for 100 ms"; when follows. */
  words(what: WhatOf<K, F>): string;
}

/** As the machinery sees it. `inject`, `cost` and `words` throw for an incident of another kind. */
export interface IncidentFault extends FaultInfo {
  readonly form: 'incident';
  readonly kind: string;
  readonly fields: Fields;
  readonly onTheSpot: boolean;
  /** Whether it is of this kind, with all its fields. */
  is(what: AnyWhat): boolean;
  inject(world: FaultWorld, what: AnyWhat, self: string | undefined): boolean | Lasting;
  cost(what: AnyWhat): Partial<Cost>;
  words(what: AnyWhat): string;
}
/** The same of a known kind. */
export interface IncidentOf<K extends string, F extends Fields> extends IncidentFault {
  readonly kind: K;
  is(what: AnyWhat): what is WhatOf<K, F>;
  draw(dice: Dice, shape: PlanShape): readonly { readonly what: WhatOf<K, F>; readonly when: Trigger }[];
}

export function defineIncident<const K extends string, const F extends Fields>(
  spec: IncidentSpec<K, F>,
): IncidentOf<K, F> {
  const is = (what: AnyWhat): what is WhatOf<K, F> => what.kind === spec.kind && hasFields(spec.fields, what);
  const own = (what: AnyWhat): WhatOf<K, F> => {
    if (!is(what)) throw new EngineBug(`this is no ${spec.kind}: ${JSON.stringify(what)}`);
    return what;
  };
  // One hidden class for all of them, which a plan asks one after the other.
  const { onTheSpot = false, inject: _inject, cost: _cost, words: _words, ...given } = spec;
  return {
    form: 'incident',
    onTheSpot,
    is,
    inject: (world, what, self) => spec.inject(world, own(what), self),
    cost: (what) => spec.cost?.(own(what)) ?? {},
    words: (what) => spec.words(own(what)),
    ...given,
  };
}

interface RateSpec<K extends string, N extends Knobs> extends FaultInfo {
  readonly kind: K;
  readonly knobs: N;
  /** With which other faults it is drawn. */
  readonly swarm: Swarm;
  /** Why generated plans leave it out for now. A plan may still name its knobs. */
  readonly parked?: string;
  /** Default: nothing. */
  cost?(numbers: NumbersOf<N>): Partial<Cost>;
}
export interface RateFault<K extends string = string, N extends Knobs = Knobs> extends RateSpec<K, N> {
  readonly form: 'rate';
  cost(numbers: NumbersOf<N>): Partial<Cost>;
}

export function defineRate<const K extends string, const N extends Knobs>(spec: RateSpec<K, N>): RateFault<K, N> {
  const { cost: _, ...given } = spec;
  return { form: 'rate', cost: (numbers) => spec.cost?.(numbers) ?? {}, ...given };
}

/** `self` is the process that stated the fact or made the call; at a time there is none, and nothing happens. */
export function named(process: string, self: string | undefined): string {
  return process === 'self' ? (self ?? '') : process;
}
