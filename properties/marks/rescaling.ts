/**
 * Marks of restores at another parallelism: what operators without key are given then, and in-flight data where only one end of a
 * channel has changed.
 */
import type { Facts } from '../../core/facts.ts';
import type { Mark } from './mark.ts';

type Parallelism = ReadonlyMap<string, number>;

/** The parallelism at which a checkpoint was taken that is restored now, and that of the attempt that restores it. */
interface Restore {
  readonly before: Parallelism;
  readonly now: Parallelism;
}

/** Follows attempts and their checkpoints. */
class Restores {
  readonly #taken = new Map<number, Parallelism>();
  #now: Parallelism = new Map();
  /** Undefined: the attempt has begun from nothing. */
  current: Restore | undefined;

  completed({ checkpoint }: Facts['checkpointCompleted']): void {
    this.#taken.set(checkpoint, this.#now);
  }

  starting({ restoredFrom, parallelism }: Facts['attemptStarting']): void {
    const before = restoredFrom === undefined ? undefined : this.#taken.get(restoredFrom);
    this.current = before && { before, now: parallelism };
    this.#now = parallelism;
  }
}

const itemsOf = ({ states }: Facts['operatorStateRestored'], mode: string): number =>
  states.reduce((sum, list) => sum + (list.mode === mode ? list.items.length : 0), 0);

export const operatorStateThroughOne: Mark = {
  name: 'operator-state-through-one',
  rarity: 2_000,
  needs: ['lists', 'rescalable'],
  condition: 'A list of several subtasks is restored by one, and what that one has left of it by several.',
  listen(_world, reached) {
    const restores = new Restores();
    /** Vertices whose lists were brought together. */
    const together = new Set<string>();
    return {
      checkpointCompleted: (fact) => {
        restores.completed(fact);
      },
      attemptStarting: (fact) => {
        restores.starting(fact);
      },
      operatorStateRestored: (fact) => {
        const { vertex } = fact.task;
        const { before, now } = restores.current ?? {};
        const [from = 0, to = 0] = [before?.get(vertex), now?.get(vertex)];
        if (itemsOf(fact, 'split') === 0) return;
        if (from > 1 && to === 1) together.add(vertex);
        else if (from === 1 && to > 1 && together.has(vertex)) reached();
      },
    };
  },
};

export const unionRestoredAfterScaleDown: Mark = {
  name: 'union-restored-after-scale-down',
  rarity: 400,
  needs: ['lists', 'rescalable'],
  condition: 'A union list with items is restored by fewer subtasks than have left it.',
  listen(_world, reached) {
    const restores = new Restores();
    return {
      checkpointCompleted: (fact) => {
        restores.completed(fact);
      },
      attemptStarting: (fact) => {
        restores.starting(fact);
      },
      operatorStateRestored: (fact) => {
        const { before, now } = restores.current ?? {};
        const { vertex } = fact.task;
        if ((now?.get(vertex) ?? 0) < (before?.get(vertex) ?? 0) && itemsOf(fact, 'union') > 0) reached();
      },
    };
  },
};

/** Growth that is no accident: each of at least two subtasks has written back all that it was given. */
export const unionStateMultiplied: Mark = {
  name: 'union-state-multiplied',
  rarity: 400,
  needs: ['lists'],
  condition: 'From one restore to the next a union list has grown by the parallelism: all subtasks keep what all had.',
  listen(_world, reached) {
    /** Items at the last restore, and at this one, by vertex and state. */
    const sizes = new Map<string, { readonly attempt: number; readonly items: number; readonly parallelism: number }>();
    let parallelism: Parallelism = new Map();
    return {
      attemptStarting: (fact) => {
        ({ parallelism } = fact);
      },
      operatorStateRestored: ({ task, states }) => {
        for (const { state, mode, items } of states) {
          if (mode !== 'union' || items.length === 0) continue;
          const name = `${task.vertex}/${state}`;
          const last = sizes.get(name);
          if (last?.attempt === task.attempt) continue;
          if (last !== undefined && last.parallelism > 1 && items.length >= last.items * last.parallelism) reached();
          const now = { attempt: task.attempt, items: items.length, parallelism: parallelism.get(task.vertex) ?? 1 };
          sizes.set(name, now);
        }
      },
    };
  },
};

export const inFlightRestoredByOtherReceivers: Mark = {
  name: 'in-flight-restored-by-other-receivers',
  rarity: 300,
  needs: ['overtaking', 'rescalable'],
  condition: 'In-flight data is replayed where the parallelism of the receiver has changed, and of no other operator.',
  listen(_world, reached) {
    const restores = new Restores();
    return {
      checkpointCompleted: (fact) => {
        restores.completed(fact);
      },
      attemptStarting: (fact) => {
        restores.starting(fact);
      },
      replayStarted: ({ task, channels }) => {
        const { before, now } = restores.current ?? {};
        const changed = [...(now ?? [])].filter(([uid, subtasks]) => before?.get(uid) !== subtasks);
        if (channels.length > 0 && changed.length === 1 && changed[0]?.[0] === task.vertex) reached();
      },
    };
  },
};
