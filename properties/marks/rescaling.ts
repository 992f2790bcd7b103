/**
 * Marks of restores at another parallelism: what operators without key are given then, and in-flight data where only one end of a
 * channel has changed.
 */
import type { Facts, Probe } from '../../core/facts.ts';
import { canonical } from '../model/equal.ts';
import type { Mark } from './mark.ts';

type Parallelism = ReadonlyMap<string, number>;

/** The parallelism at which a checkpoint was taken that is restored now, and that of the attempt that restores it. */
interface Restore {
  readonly before: Parallelism;
  readonly now: Parallelism;
}

/** Follows attempts and their checkpoints, if it hears of them. */
class Restores {
  readonly #taken = new Map<number, Parallelism>();
  #now: Parallelism = new Map();
  /** Undefined: the attempt has begun from nothing. */
  current: Restore | undefined;

  readonly heard = {
    checkpointCompleted: ({ checkpoint }) => {
      this.#taken.set(checkpoint, this.#now);
    },
    attemptStarting: ({ restoredFrom, parallelism }) => {
      const before = restoredFrom === undefined ? undefined : this.#taken.get(restoredFrom);
      this.current = before && { before, now: parallelism };
      this.#now = parallelism;
    },
  } satisfies Probe;
}

const itemsOf = ({ states }: Facts['operatorStateRestored'], mode: string): number =>
  states.reduce((sum, list) => sum + (list.mode === mode ? list.items.length : 0), 0);

export const operatorStateThroughOne: Mark = {
  name: 'operator-state-through-one',
  rarity: 2_000,
  needs: ['split-lists', 'rescalable'],
  condition: 'A list of several subtasks is restored by one, and what that one has left of it by several.',
  listen(_world, reached) {
    const restores = new Restores();
    /** Vertices whose lists were brought together. */
    const together = new Set<string>();
    return {
      checkpointCompleted: restores.heard.checkpointCompleted,
      attemptStarting: (fact) => {
        restores.heard.attemptStarting(fact);
        if (fact.restoredFrom === undefined) together.clear();
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
      operatorStateRestored: (fact) => {
        const { before, now } = restores.current ?? {};
        const { vertex } = fact.task;
        if ((now?.get(vertex) ?? 0) < (before?.get(vertex) ?? 0) && itemsOf(fact, 'union') > 0) reached();
      },
      ...restores.heard,
    };
  },
};

/** Growth that is no accident: each of at least two subtasks has written back all that it was given, item by item. */
export const unionStateMultiplied: Mark = {
  name: 'union-state-multiplied',
  rarity: 400,
  needs: ['lists'],
  condition: 'From one restore to the next a union list has grown by the parallelism: all subtasks keep what all had.',
  listen(_world, reached) {
    /** At the last restore, by vertex and state. */
    const lists = new Map<string, { readonly attempt: number; readonly items: Counts; readonly parallelism: number }>();
    let parallelism: Parallelism = new Map();
    return {
      attemptStarting: (fact) => {
        ({ parallelism } = fact);
      },
      operatorStateRestored: ({ task, states }) => {
        for (const { state, mode, items } of states) {
          if (mode !== 'union' || items.length === 0) continue;
          const name = `${task.vertex}/${state}`;
          const last = lists.get(name);
          if (last?.attempt === task.attempt) continue;
          const now = countsOf(items);
          const grown = [...(last?.items ?? [])].every(
            ([item, count]) => (now.get(item) ?? 0) >= count * (last?.parallelism ?? 1),
          );
          if (last !== undefined && last.parallelism > 1 && grown) reached();
          lists.set(name, { attempt: task.attempt, items: now, parallelism: parallelism.get(task.vertex) ?? 1 });
        }
      },
    };
  },
};

/** How often each item is there. */
type Counts = ReadonlyMap<string, number>;

function countsOf(items: readonly unknown[]): Counts {
  const counts = new Map<string, number>();
  for (const text of items.map(canonical)) counts.set(text, (counts.get(text) ?? 0) + 1);
  return counts;
}

export const inFlightRestoredByOtherReceivers: Mark = {
  name: 'in-flight-restored-by-other-receivers',
  rarity: 300,
  needs: ['overtaking', 'rescalable'],
  condition: 'In-flight data is replayed where the parallelism of the receiver has changed, and of no other operator.',
  listen(_world, reached) {
    const restores = new Restores();
    return {
      replayStarted: ({ task, channels }) => {
        const { before, now } = restores.current ?? {};
        const changed = [...(now ?? [])].filter(([uid, subtasks]) => before?.get(uid) !== subtasks);
        if (channels.length > 0 && changed.length === 1 && changed[0]?.[0] === task.vertex) reached();
      },
      ...restores.heard,
    };
  },
};

/** In reactive mode: what has become of the slots since the attempt under way started. */
class ReactiveAttempt {
  #slots = 0;
  #parallelism: Parallelism = new Map();
  /** More slots have come, and none has gone. */
  #onlyMore = false;
  #fewer = false;
  /** A checkpoint was under way when it ended. */
  #inCheckpoint = false;

  readonly heard: Probe = {
    slotsChanged: ({ slots }) => {
      this.#onlyMore = slots > this.#slots && !this.#fewer;
      this.#fewer ||= slots < this.#slots;
      this.#slots = slots;
    },
    checkpointAborted: ({ reason }) => {
      this.#inCheckpoint ||= reason === 'failover';
    },
  };

  /** How the next one differs from it. */
  next(parallelism: Parallelism): { readonly more: boolean; readonly fewer: boolean } {
    const before = this.#parallelism;
    const some = (differs: (now: number, then: number) => boolean): boolean =>
      [...parallelism].some(([uid, now]) => differs(now, before.get(uid) ?? now));
    const more = this.#onlyMore && this.#inCheckpoint && some((now, then) => now > then);
    const fewer = this.#fewer && some((now, then) => now < then);
    this.#onlyMore = this.#fewer = this.#inCheckpoint = false;
    this.#parallelism = parallelism;
    return { more, fewer };
  }
}

export const reactiveRescaleDuringCheckpoint: Mark = {
  name: 'reactive-rescale-during-checkpoint',
  rarity: 100,
  needs: ['rescalable'],
  condition:
    'In reactive mode the job begins anew with more subtasks for the slots that have come, and gives up a checkpoint under way.',
  listen({ scheduling }, reached) {
    if (scheduling.schedulerMode !== 'reactive') return {};
    const attempt = new ReactiveAttempt();
    return {
      attemptStarting: ({ parallelism }) => {
        if (attempt.next(parallelism).more) reached();
      },
      ...attempt.heard,
    };
  },
};

export const reactiveScaledDown: Mark = {
  name: 'reactive-scaled-down',
  rarity: 100,
  needs: ['rescalable'],
  condition: 'In reactive mode the job goes on with fewer subtasks from a checkpoint, since slots are gone.',
  listen({ scheduling }, reached) {
    if (scheduling.schedulerMode !== 'reactive') return {};
    const attempt = new ReactiveAttempt();
    return {
      attemptStarting: ({ parallelism, restoredFrom }) => {
        if (attempt.next(parallelism).fewer && restoredFrom !== undefined) reached();
      },
      ...attempt.heard,
    };
  },
};
