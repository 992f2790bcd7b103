/**
 * Reactive mode (SEMANTICS C8; Flink: `scheduler-mode: reactive`): what declares no parallelism has as many subtasks as there are
 * slots, up to its key groups.
 *
 *   an attempt begins   with the slots that there are, once none has come or gone for a while
 *   slots are added     the attempt begins anew, from the newest checkpoint: after the same while, and after a cooldown
 *   slots are lost      an attempt that used them has failed anyway
 */
import type { JobConfig } from '../config.ts';
import { type KeyGroupNumbers, physicalGraph } from '../graph/physical.ts';
import type { JobSpec } from '../job/spec.ts';
import type { Clock, Ms, Timer } from '../ports.ts';
import type { Coroutine } from '../waiting.ts';
import type { Registration, Slot } from './placement.ts';

/** The slots of the task managers that are registered. */
export interface SlotPool {
  readonly count: number;
  readonly taskManagers: Iterable<Registration>;
  /** Waits until there are so many, and says which. */
  take(needed: number): Coroutine<readonly Slot[]>;
  /** Waits until there are at least so many and none has come or gone for so long. Returns how many there are. */
  settled(least: number, forMs: Ms): Coroutine<number>;
}

/** Without so many slots no attempt can begin: what declares a parallelism has it. */
export function leastSlots(job: JobSpec): number {
  return Math.max(1, ...job.nodes.map(({ parallelism }) => parallelism ?? 1));
}

/**
 * Of what declares none, on so many slots. *Ours*: the same for all of it, so that chains and forward edges stay what they are.
 *
 * @param stored key groups of the state that is restored.
 */
export function parallelismOn(job: JobSpec, slots: number, stored?: KeyGroupNumbers): number {
  const vertices = physicalGraph(job, 1, undefined, stored).vertices.filter(
    ({ nodes }) => nodes[0]?.parallelism === undefined,
  );
  if (vertices.length === 0) return 1;
  return Math.min(slots, ...vertices.map(({ maxParallelism }) => maxParallelism));
}

/** What may be begun anew for more slots. */
export interface ScalableAttempt {
  /** Undefined: it is not deployed. */
  readonly deployed: { readonly parallelism: number; readonly atMs: Ms } | undefined;
  /** Of its state, which what it leaves behind has, too. */
  readonly keyGroups: KeyGroupNumbers | undefined;
  /** A person has asked for its end: it is left alone. */
  readonly stopAsked: boolean;
  fail(message: string): void;
}

interface ScaleUpEnv {
  readonly clock: Clock;
  readonly job: JobSpec;
  readonly config: Pick<JobConfig, 'resourceStabilizationMs' | 'rescaleCooldownMs'>;
  readonly slots: Pick<SlotPool, 'count'>;
  /** The one under way. */
  readonly attempt: () => ScalableAttempt | undefined;
}

export class ScaleUp {
  readonly #env: ScaleUpEnv;
  #timer: Timer | undefined;

  constructor(env: ScaleUpEnv) {
    this.#env = env;
  }

  /** Task managers have come or gone, or an attempt was deployed while they did. */
  slotsChanged(): void {
    const { clock, config } = this.#env;
    this.#timer?.cancel();
    this.#timer = clock.timer(config.resourceStabilizationMs, () => {
      this.#settled();
    });
  }

  #settled(): void {
    const { clock, job, config, slots } = this.#env;
    const attempt = this.#env.attempt();
    if (attempt?.deployed === undefined || attempt.stopAsked) return;
    const possible = parallelismOn(job, slots.count, attempt.keyGroups);
    const { parallelism, atMs } = attempt.deployed;
    if (possible <= parallelism) return;
    const cooldownMs = atMs + config.rescaleCooldownMs - clock.monotonic();
    if (cooldownMs > 0) {
      this.#timer = clock.timer(cooldownMs, () => {
        this.#settled();
      });
      return;
    }
    attempt.fail(`there are ${slots.count} slots now: the job goes on at parallelism ${possible}`);
  }
}
