/**
 * The executor of a process: actors that take one step per kernel event (D14).
 *
 * An actor has at most one step pending and no payload, so waking it costs one push onto the event queue and no object.
 * A step occupies its actor for a virtual cost, and for what its blocking calls (`disk.readNow`) take: the next one is at
 * least so much later. The engine has no notion of it.
 */
import type { Actor, Executor, Progress } from '../../core/waiting.ts';
import type { NamedStream, SimChoices } from './choices.ts';
import type { LiveProcess } from './process.ts';
import type { Kernel, Target } from './types.ts';

/** What a step of an actor costs, and how wake-ups are scheduled. */
export interface PaceConfig {
  /** What one step costs: the actor's next step is at least so much later. */
  readonly stepCostUs: number;
  readonly stepJitterUs: number;
  /** Share of actors (drawn by name, once per incarnation of the process) whose steps cost `slowFactor` times as much. */
  readonly slowActorPer1000: number;
  readonly slowFactor: number;
  /** Share of wake-ups and timers that get a random place among the events of their instant. */
  readonly reorderPer1000: number;
  /** A reordered wake-up is also late by a draw of at most this. */
  readonly reorderDelayUs: number;
}

/** Whether chaos is over. */
export interface Healing {
  readonly healed: boolean;
}

/** A reordered event gets a priority below this. */
export const REORDER_PRIORITIES = 4;

export class SimExecutor implements Executor {
  readonly #process: LiveProcess;
  readonly #kernel: Kernel;
  readonly #choices: SimChoices;
  readonly #config: PaceConfig;
  readonly #healing: Healing;

  /** `healing`: from then on no actor is slow. */
  constructor(process: LiveProcess, kernel: Kernel, choices: SimChoices, config: PaceConfig, healing: Healing) {
    this.#process = process;
    this.#kernel = kernel;
    this.#choices = choices;
    this.#config = config;
    this.#healing = healing;
  }

  actor(name: string, step: () => Progress): Actor {
    const process = this.#process;
    const config = this.#config;
    process.assertAlive();
    // Two actors of one name (two coroutines, say) share their streams: the draws are then counted over both.
    const stream = (purpose: string): NamedStream => this.#choices.stream(`${purpose}/${process.id}/${name}`);
    const slow = config.slowActorPer1000 > 0 && stream('slow').chanceAt(process.incarnation, config.slowActorPer1000);
    return new SimActor(process, this.#kernel, config, step, {
      factor: slow ? config.slowFactor : 1,
      healing: this.#healing,
      cost: config.stepJitterUs > 0 ? stream('cost') : undefined,
      order: config.reorderPer1000 > 0 ? stream('order') : undefined,
    });
  }
}

interface Pace {
  /** Until faults heal. */
  readonly factor: number;
  readonly healing: Healing;
  readonly cost: NamedStream | undefined;
  readonly order: NamedStream | undefined;
}

class SimActor implements Actor, Target {
  readonly id: number;
  readonly #process: LiveProcess;
  readonly #kernel: Kernel;
  readonly #config: PaceConfig;
  readonly #step: () => Progress;
  readonly #pace: Pace;
  #freeAtUs = 0;
  #pending = false;

  constructor(process: LiveProcess, kernel: Kernel, config: PaceConfig, step: () => Progress, pace: Pace) {
    this.id = kernel.nextId();
    this.#process = process;
    this.#kernel = kernel;
    this.#config = config;
    this.#step = step;
    this.#pace = pace;
  }

  /** Without effect, and without an error, once the process is dead: a service may not know yet. */
  wake(): void {
    if (this.#pending || !this.#process.alive) return;
    this.#pending = true;
    const kernel = this.#kernel;
    const delayUs = Math.max(0, this.#freeAtUs - kernel.nowUs);
    const order = this.#pace.order;
    if (order === undefined) kernel.schedule(delayUs, this);
    else this.#scheduleReordered(delayUs, order);
  }

  /** One draw for both: its lowest values change the place within the instant only. */
  #scheduleReordered(delayUs: number, order: NamedStream): void {
    const config = this.#config;
    const drawn = order.rarely(config.reorderPer1000, REORDER_PRIORITIES * (config.reorderDelayUs + 1));
    const priority = drawn % REORDER_PRIORITIES;
    this.#kernel.schedule(delayUs + (drawn - priority) / REORDER_PRIORITIES, this, priority);
  }

  fire(): void {
    this.#pending = false;
    const process = this.#process;
    if (!process.alive) return;
    // It was woken within a step that blocked only then.
    if (this.#freeAtUs > this.#kernel.nowUs) {
      this.wake();
      return;
    }
    const { cost, factor, healing } = this.#pace;
    const jitterUs = cost === undefined ? 0 : cost.below(this.#config.stepJitterUs + 1);
    const stepUs = this.#config.stepCostUs + jitterUs;
    this.#freeAtUs = this.#kernel.nowUs + (healing.healed ? stepUs : stepUs * factor);
    process.blockedUs = 0;
    try {
      const progress = this.#step();
      this.#freeAtUs += process.blockedUs;
      if (progress === 'more') this.wake();
    } catch (error) {
      process.escaped(error);
    }
  }
}
