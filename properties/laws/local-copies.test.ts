import { expect, it } from 'vitest';
import type { Facts, TaskId } from '../../core/facts.ts';
import { anomaliesOf, crashed, provesLaw } from '../testing/jobs.ts';
import { drop, fact, type History, insertAfter, type Step } from '../testing/listen.ts';
import type { DiskFault } from '../../sim/services/disk.ts';
import { localCopies } from './local-copies.ts';

const task = (attempt: number): TaskId => ({ vertex: 'sums', subtask: 0, attempt });
const BYTES = new TextEncoder().encode('state');
const rots = (what: DiskFault, host = 'host-worker-0'): Step => ({ step: 'disk', what, host });
const read = (object: string, outcome: Facts['localCopyRead']['outcome'], bytes?: Uint8Array): Step =>
  fact('localCopyRead', { task: task(2), object, outcome, bytes });

interface Told {
  readonly reads: readonly Step[];
  readonly kept?: readonly string[];
  /** Happens between the two attempts. */
  readonly between?: readonly Step[];
  readonly parallelism?: Readonly<Record<string, number>>;
}

/** Checkpoint 1 is complete and has a durable copy of two objects; attempt 2 restores it. */
function restoring({ reads, kept = ['one', 'two'], between = [], parallelism }: Told): History {
  const history = crashed(parallelism);
  const stored: Step = { step: 'object', name: 'one', content: 'state' };
  const copies = fact('localCopyKept', { task: task(1), checkpoint: 1, objects: kept });
  const keeping = insertAfter(
    history,
    'checkpointCompleted',
    ({ checkpoint }) => checkpoint === 1,
    () => copies,
  );
  const steps = keeping.steps.flatMap((step) => {
    const isSecond = step.step === 'fact' && step.kind === 'attemptStarting' && step.fact.attempt === 2;
    return isSecond ? [...between, stored, step, ...reads] : [step];
  });
  return { ...keeping, steps };
}

const taken = read('one', 'taken', BYTES);

provesLaw(localCopies, {
  'other-bytes': {
    accepts: () => restoring({ reads: [taken, read('two', 'none')], kept: ['one'] }),
    rejects: () => restoring({ reads: [read('one', 'taken', BYTES.subarray(1))] }),
  },
  missed: {
    nothingToCompare: true,
    accepts: () => restoring({ reads: [read('three', 'none')] }),
    rejects: () => restoring({ reads: [read('two', 'none')] }),
  },
  lost: {
    nothingToCompare: true,
    accepts: () => restoring({ reads: [read('two', 'damaged')], between: [rots('bit-rot')] }),
    rejects: () => restoring({ reads: [read('two', 'damaged')] }),
  },
});

it('a copy of an object that the store does not have is none', () => {
  expect(anomaliesOf(localCopies, restoring({ reads: [read('two', 'taken', BYTES)] }))).toEqual(['other-bytes']);
});

it('what damages a copy excuses that it is not there; a sync that fails, or a short read, does not', () => {
  const after = (what: DiskFault, outcome: 'none' | 'unreadable', host?: string) =>
    anomaliesOf(localCopies, restoring({ reads: [read('two', outcome)], between: [rots(what, host)] }));
  for (const what of ['read-error', 'bit-rot', 'misdirected'] as const) {
    expect([what, ...after(what, 'none'), ...after(what, 'unreadable')]).toEqual([what]);
    // The disk of another host.
    expect(after(what, 'none', 'host-worker-1')).toEqual(['missed']);
  }
  for (const what of ['sync-failed', 'sync-lied', 'written-back', 'no-room', 'stall', 'short-read'] as const) {
    expect([what, ...after(what, 'none'), ...after(what, 'unreadable')]).toEqual([what, 'missed', 'lost']);
  }
});

it('a copy is not to be found by a task with other key groups, in another process, or of another checkpoint', () => {
  const reads = [read('two', 'none')];
  expect(anomaliesOf(localCopies, restoring({ reads, parallelism: { sums: 3 } }))).toEqual([]);
  const elsewhere = fact('localCopyRead', {
    task: { ...task(2), subtask: 1 },
    object: 'two',
    outcome: 'none',
    bytes: undefined,
  });
  expect(anomaliesOf(localCopies, restoring({ reads: [elsewhere] }))).toEqual([]);
  const history = restoring({ reads });
  const other = { ...fact('localCopyKept', { task: task(1), checkpoint: 9, objects: ['two'] }) };
  const without = drop(history, 'localCopyKept', () => true);
  const withOther = insertAfter(
    without,
    'checkpointCompleted',
    ({ checkpoint }) => checkpoint === 1,
    () => other,
  );
  expect(anomaliesOf(localCopies, withOther)).toEqual([]);
});
