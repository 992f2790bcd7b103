/** What the heads of chains have in common: the outputs, the clock and the random numbers of a turn, and that they are stated. */
import type { Timestamp } from '../job/functions.ts';
import type { Probe, TaskId } from '../facts.ts';
import type { Clock, Random } from '../ports.ts';
import type { PhysicalVertex } from '../graph/physical.ts';
import type { NodeOutputs } from './chain.ts';
import type { NodeSpec } from '../job/spec.ts';
import type { UserCode } from '../user-code.ts';
import type { TurnHost } from './operator.ts';
import { UserCalls } from './user-calls.ts';

/** What every head is given. */
export interface HeadEnv {
  readonly vertex: PhysicalVertex;
  readonly task: TaskId;
  readonly probe: Probe;
  readonly clock: Clock;
  readonly random: Random;
  readonly outputs: NodeOutputs;
  /** The operator. */
  readonly node: NodeSpec;
  readonly user: UserCode;
}

export abstract class HeadOfChain implements TurnHost {
  readonly task: TaskId;
  readonly probe: Probe;
  readonly calls: UserCalls;
  protected readonly vertex: PhysicalVertex;
  protected readonly clock: Clock;
  readonly #random: Random;
  readonly #outputs: NodeOutputs;

  constructor({ vertex, task, probe, clock, random, outputs, node, user }: HeadEnv) {
    this.vertex = vertex;
    this.task = task;
    this.probe = probe;
    this.clock = clock;
    this.#random = random;
    this.#outputs = outputs;
    this.calls = new UserCalls(node, user);
  }

  emit(value: unknown, timestamp: Timestamp | undefined): void {
    this.#outputs.main.receive(value, timestamp);
  }

  emitSide(tag: string, value: unknown, timestamp: Timestamp | undefined): void {
    this.#outputs.side(tag).receive(value, timestamp);
  }

  now(): Timestamp {
    const now = this.clock.now();
    this.probe.clockRead?.({ task: this.task, now });
    return now;
  }

  random(n: number): number {
    const value = this.#random.below(n);
    this.probe.randomDrawn?.({ task: this.task, n, value });
    return value;
  }
}
