import { expect, it } from 'vitest';
import { fact, type History, type Step } from '../testing/listen.ts';
import { anomaliesOf, provesLaw, windows, WINDOWS } from '../testing/jobs.ts';
import { event } from '../model/testing/turns.ts';
import { referenceClosure } from './reference-closure.ts';

const JOB = WINDOWS.name;
const SHARED = `${JOB}/1-shared/1/sums-0-run-1`;
const OWN = `${JOB}/1-2/sums-0`;
const metadataOf = (checkpoint: number): string => `${JOB}/1-${checkpoint}/metadata`;
const puts = (name: string, content = name): Step => ({ step: 'object', name, content });
const removes = (name: string): Step => ({ step: 'object', name, content: undefined });
const sweeps = fact('sweepStarted', { job: JOB });
const subsumes = (checkpoint: number): Step => ({ step: 'subsumed', checkpoint });

/** Two checkpoints that share an object; the first is subsumed when the second is complete. */
function twoCheckpoints(): History {
  return windows([[event('a', 1), event('a', 12), event('a', 13)]], { parallelism: {} })
    .start()
    .read(0)
    .drain()
    .checkpoint(1)
    .read(0)
    .drain()
    .checkpoint(2)
    .start(2)
    .read(0)
    .drain()
    .finish(3).history;
}

function saved(): History {
  return windows([[event('a', 1), event('a', 12), event('a', 13)]], { parallelism: {} })
    .start()
    .read(0)
    .drain()
    .savepoint(1)
    .start()
    .drain()
    .finish(2).history;
}

type Place = 'before 2' | 'behind 2' | 'while it restores' | 'before the end' | 'at the end';

const NEEDS: Readonly<Record<string, readonly string[]>> = { '1-1': [SHARED], '1-2': [SHARED, OWN] };

/** Objects are put before the checkpoints that need them; `more`: what else happens, and when. */
function withObjects(
  more: Partial<Record<Place, readonly Step[]>>,
  { of = twoCheckpoints(), swept = true }: { readonly of?: History; readonly swept?: boolean } = {},
): History {
  const at = (place: Place): readonly Step[] => more[place] ?? [];
  let starts = 0;
  const steps = of.steps.flatMap((step): readonly Step[] => {
    if (step.step === 'listed' || step.step === 'stored') {
      const { checkpoint, metadata } = step.listed;
      const listed = step.step === 'stored' ? step.listed : { ...step.listed, metadata: metadataOf(checkpoint) };
      const needs = NEEDS[metadata] ?? [];
      const written = needs.slice(-1).map((name) => puts(name));
      return [...written, ...(checkpoint === 2 ? at('before 2') : []), { ...step, listed, needs }];
    }
    if (step.step === 'settled')
      return [...at('before the end'), ...(swept ? [sweeps] : []), ...at('at the end'), step];
    if (step.step !== 'fact') return [step];
    if (step.kind === 'attemptStarting' && ++starts === 2) return [sweeps, step, ...at('while it restores')];
    const isSecond = step.kind === 'checkpointCompleted' && step.fact.checkpoint === 2;
    return isSecond ? [step, subsumes(1), removes(metadataOf(1)), ...at('behind 2')] : [step];
  });
  return { ...of, steps };
}

provesLaw(referenceClosure, {
  missing: {
    accepts: () => withObjects({}),
    rejects: () => withObjects({ 'before 2': [removes(OWN)] }),
  },
  deleted: {
    // Nothing needs the metadata of what is subsumed.
    accepts: () => withObjects({}),
    // The subsumed one shared it with the one that is kept.
    rejects: () => withObjects({ 'behind 2': [removes(SHARED)] }),
  },
  changed: {
    // A write whose outcome was unknown is repeated.
    accepts: () => withObjects({ 'behind 2': [puts(OWN)] }),
    rejects: () => withObjects({ 'behind 2': [puts(OWN, 'else')] }),
  },
  borrowed: {
    accepts: () => withObjects({}),
    rejects: () => borrowing('savepoints/other/1-1/sums-0'),
  },
  leaked: {
    // Written behind the last sweep.
    accepts: () =>
      withObjects({
        'before the end': [puts(`${JOB}/1-9/sums-0`), removes(`${JOB}/1-9/sums-0`)],
        'at the end': [puts(`${JOB}/1-8/sums-0`)],
      }),
    rejects: () => withObjects({ 'before the end': [puts(`${JOB}/1-9/sums-0`)] }),
  },
});

/** Checkpoint 2 needs an object of another job. */
function borrowing(name: string): History {
  const history = withObjects({ 'before 2': [puts(name)] });
  return {
    ...history,
    steps: history.steps.map((step) =>
      step.step === 'listed' && step.listed.checkpoint === 2 ? { ...step, needs: [SHARED, OWN, name] } : step,
    ),
  };
}

it('what is deleted and put again in the next event was away', () => {
  expect(anomaliesOf(referenceClosure, withObjects({ 'behind 2': [removes(OWN), puts(OWN)] }))).toEqual(['deleted']);
});

it('a checkpoint that is not listed any more is needed while an attempt is being restored from it', () => {
  const none: readonly Step[] = [subsumes(2)];
  const ofRestored = [...none, removes(OWN)];
  const gone: readonly Step[] = [removes(OWN), removes(SHARED), removes(metadataOf(2))];
  const honest = withObjects({ 'while it restores': none, 'before the end': gone });
  expect(anomaliesOf(referenceClosure, honest)).toEqual([]);
  expect(anomaliesOf(referenceClosure, withObjects({ 'while it restores': ofRestored }))).toContain('deleted');
});

it('a savepoint is needed although no list names it, until its owner deletes it', () => {
  const deleted: Step = { step: 'original-deleted', metadata: '1-1' };
  expect(anomaliesOf(referenceClosure, withObjects({}, { of: saved() }))).toEqual([]);
  expect(anomaliesOf(referenceClosure, withObjects({ 'before the end': [removes(SHARED)] }, { of: saved() }))).toEqual([
    'deleted',
  ]);
  const byOwner = withObjects({ 'before the end': [deleted, removes(SHARED)] }, { of: saved() });
  expect(anomaliesOf(referenceClosure, byOwner)).toEqual([]);
});

it('a job that has ended and was not swept leaves nothing, either; savepoints that are complete stay', () => {
  const left = { 'before the end': [puts(`${JOB}/1-9/sums-0`)] };
  const saves = { 'before the end': [puts(`savepoints/${JOB}/1-3/sums-0`), puts(`savepoints/${JOB}/1-3/metadata`)] };
  const halfSaved = { 'before the end': [puts(`savepoints/${JOB}/1-3/sums-0`)] };
  expect(anomaliesOf(referenceClosure, withObjects(left, { swept: false }))).toEqual(['leaked']);
  expect(anomaliesOf(referenceClosure, withObjects(saves))).toEqual([]);
  expect(anomaliesOf(referenceClosure, withObjects(halfSaved))).toEqual(['leaked']);
});

it('where a fault has taken something of a checkpoint that may be restored nothing is swept; what it takes of others changes nothing', () => {
  const losing = (name: string) =>
    withObjects({ 'before the end': [{ step: 'lost', name }, puts(`${JOB}/1-9/sums-0`)] });
  for (const needed of [OWN, SHARED]) expect(anomaliesOf(referenceClosure, losing(needed))).toEqual([]);
  expect(anomaliesOf(referenceClosure, losing(metadataOf(1)))).toEqual(['leaked']);
});
