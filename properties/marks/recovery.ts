/**
 * Marks of what happens after a failure: restores, rescales, transactions that are finished by somebody else, zombies.
 */
import { canonical } from '../model/equal.ts';
import type { Facts } from '../../core/facts.ts';
import type { Mark } from './mark.ts';

export const secondCrashBeforeNextCheckpoint: Mark = {
  name: 'second-crash-before-next-checkpoint',
  rarity: 10,
  condition: 'Two attempts in a row start from the same checkpoint, and the first of them had processed a record.',
  listen(_world, reached) {
    let from: number | undefined;
    let attempt = 0;
    let processed = false;
    const record = (fact: Facts['recordProcessed'] | Facts['sourceRecord']): void => {
      if (fact.task.attempt === attempt) processed = true;
    };
    return {
      attemptStarting: (fact) => {
        if (processed && from !== undefined && fact.restoredFrom === from) reached();
        from = fact.restoredFrom;
        attempt = fact.attempt;
        processed = false;
      },
      recordProcessed: record,
      sourceRecord: record,
    };
  },
};

export const restoredAtOtherParallelism: Mark = {
  name: 'restored-at-other-parallelism',
  rarity: 10,
  needs: ['rescalable'],
  condition: 'An attempt starts from a checkpoint with another parallelism of some vertex than the attempt before it.',
  listen(_world, reached) {
    let before: ReadonlyMap<string, number> | undefined;
    return {
      attemptStarting: ({ restoredFrom, parallelism }) => {
        const changed = before !== undefined && [...parallelism].some(([uid, now]) => before?.get(uid) !== now);
        if (changed && restoredFrom !== undefined) reached();
        before = parallelism;
      },
    };
  },
};

export const timerFiredAfterRestore: Mark = {
  name: 'timer-fired-after-restore',
  rarity: 5,
  needs: ['timers'],
  condition: 'An event-time timer fires in a restored attempt that was not registered in that attempt.',
  listen(_world, reached) {
    let attempt = 0;
    let restored = false;
    const registered = new Set<string>();
    const nameOf = (fact: Pick<Facts['timerRegistered'], 'task' | 'timestamp' | 'key' | 'namespace'>): string =>
      `${fact.task.vertex}/${fact.timestamp}/${fact.namespace?.start ?? ''}/${canonical(fact.key)}`;
    return {
      attemptStarting: (fact) => {
        attempt = fact.attempt;
        restored = fact.restoredFrom !== undefined;
        registered.clear();
      },
      timerRegistered: (fact) => {
        if (restored && fact.domain === 'event' && fact.task.attempt === attempt) registered.add(nameOf(fact));
      },
      eventTimerFired: (fact) => {
        if (restored && fact.task.attempt === attempt && !registered.has(nameOf(fact))) reached();
      },
    };
  },
};

export const transactionRecovered: Mark = {
  name: 'transaction-recovered',
  rarity: 5,
  needs: ['transactions'],
  condition: 'A transaction of the restored checkpoint is committed again by a new attempt.',
  listen: (_world, reached) => ({
    transactionCommitted: ({ recovered }) => {
      if (recovered) reached();
    },
  }),
};

export const transactionAbortedOnRecovery: Mark = {
  name: 'transaction-aborted-on-recovery',
  rarity: 5,
  needs: ['transactions'],
  condition: 'A new attempt aborts a transaction that an older one left behind.',
  listen: (_world, reached) => ({
    transactionAborted: () => {
      reached();
    },
  }),
};

export const splitReassigned: Mark = {
  name: 'split-reassigned',
  rarity: 20,
  needs: ['readers', 'rescalable'],
  condition: 'A restored split goes to another subtask than the one that had it last.',
  listen(_world, reached) {
    const readerOf = new Map<string, number>();
    return {
      splitAdded: ({ task, split, restored }) => {
        const name = `${task.vertex}/${split}`;
        const before = readerOf.get(name);
        if (restored && before !== undefined && before !== task.subtask) reached();
        readerOf.set(name, task.subtask);
      },
    };
  },
};

export const zombieActed: Mark = {
  name: 'zombie-acted',
  rarity: 30,
  condition: 'A task processes, acknowledges or prepares something after a newer attempt has started.',
  listen(_world, reached) {
    let newest = 0;
    const acted = (fact: { readonly task: { readonly attempt: number } }): void => {
      if (fact.task.attempt < newest) reached();
    };
    return {
      attemptStarting: ({ attempt }) => {
        newest = Math.max(newest, attempt);
      },
      recordProcessed: acted,
      sourceRecord: acted,
      acknowledged: acted,
      transactionPrepared: acted,
    };
  },
};

export const restoreRefusedForLostObject: Mark = {
  name: 'restore-refused-for-lost-object',
  rarity: 300,
  condition: 'A job ends since an object of the checkpoint from which it should go on is not in the store.',
  listen: (_world, reached) => ({
    jobEnded: ({ status, message }) => {
      if (status === 'failed' && /object \S+ is missing/.test(message)) reached();
    },
  }),
};

/** Of a checkpoint or a savepoint; names that are listed end in "*". */
const UNREAD = /the object store could not read (?:savepoints\/)?[^/]+\/\d+-[^*]+$/;

export const restoreMetFailedRead: Mark = {
  name: 'restore-met-failed-read',
  rarity: 100,
  condition:
    'An attempt fails since the object store does not answer about a part of the checkpoint that it starts from.',
  listen: (_world, reached) => ({
    attemptFailed: ({ message }) => {
      if (UNREAD.test(message)) reached();
    },
  }),
};
