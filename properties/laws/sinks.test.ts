import { event } from '../model/testing/turns.ts';
import { toBytes } from '../../core/values/serializers.ts';
import { JSON_TYPE } from '../model/testing/turns.ts';
import type { CommittedRecord } from '../world.ts';
import { sinks } from './sinks.ts';
import { type History, insertAfter, mapSteps, type Step } from '../testing/listen.ts';
import { expect, it } from 'vitest';
import { anomaliesOf, INPUT, plain, provesLaw, windows } from '../testing/jobs.ts';

/** Panes are written in attempt 1 after its last checkpoint, and again in attempt 2. */
function rolledBack(): History {
  return windows(INPUT).start().read(0).read(1).drain().checkpoint(1).read(0).read(1).drain().start(1).drain().finish(2)
    .history;
}

function committed(value: unknown): Step {
  const record: CommittedRecord = {
    topic: 'out',
    partition: 0,
    offset: 0,
    bytes: toBytes(JSON_TYPE, value),
    transaction: 'test/out/0/1/0',
  };
  return { step: 'committed', record };
}

function first(history: History, edit: (step: Step & { readonly step: 'committed' }) => readonly Step[]): History {
  const at = history.steps.findIndex((step) => step.step === 'committed');
  const step = history.steps[at];
  return step?.step === 'committed' ? { ...history, steps: history.steps.toSpliced(at, 1, ...edit(step)) } : history;
}

provesLaw(sinks, {
  lost: {
    accepts: plain,
    rejects: () => first(plain(), () => []),
  },
  duplicate: {
    accepts: rolledBack,
    rejects: () => first(plain(), (step) => [step, step]),
  },
  uncovered: {
    accepts: plain,
    // Committed at pre-commit: the checkpoint completes a moment later.
    rejects: () =>
      windows(INPUT).start().read(0).read(1).read(0).read(1).drain().trigger(1).drain().notify(1).complete(1).finish(2)
        .history,
  },
  'aborted-read': {
    accepts: rolledBack,
    rejects: () =>
      insertAfter(
        rolledBack(),
        'attemptRunning',
        ({ attempt }) => attempt === 2,
        () => committed({ key: 'a', start: 0, sum: 1 }),
      ),
  },
  invented: {
    accepts: plain,
    rejects: () =>
      insertAfter(
        plain(),
        'attemptRunning',
        () => true,
        () => committed(event('z', 0)),
      ),
  },
  undecodable: {
    accepts: plain,
    rejects: () =>
      mapSteps(plain(), (step) =>
        step.step === 'committed'
          ? { ...step, record: { ...step.record, bytes: new Uint8Array([255, 255, 255]) } }
          : step,
      ),
  },
});

// ---- an at-least-once sink

/** The same history with a sink that shows each value as it is written, outside any transaction. */
function atLeastOnce(history: History): History {
  const nodes = history.job.nodes.map((node) =>
    node.operator.kind === 'sink'
      ? { ...node, operator: { ...node.operator, sink: { ...node.operator.sink, delivery: 'at-least-once' as const } } }
      : node,
  );
  const steps = history.steps.flatMap((step): readonly Step[] => {
    if (step.step === 'committed') return [];
    if (step.step !== 'fact' || !('sink' in step.fact)) return [step];
    return step.kind === 'sinkWritten' && 'value' in step.fact ? [step, shown(step.fact.value)] : [];
  });
  return { ...history, job: { ...history.job, nodes }, steps };
}

function shown(value: unknown): Step {
  const record = { topic: 'out', partition: 0, offset: 0, bytes: toBytes(JSON_TYPE, value), transaction: undefined };
  return { step: 'committed', record };
}

const judged = (history: History): readonly string[] => anomaliesOf(sinks, history);

it('an at-least-once sink may repeat what a rolled-back attempt has written, and an exactly-once one may not', () => {
  expect(judged(atLeastOnce(plain()))).toEqual([]);
  expect(judged(atLeastOnce(rolledBack()))).toEqual([]);
  const repeated = atLeastOnce(rolledBack()).steps.filter(({ step }) => step === 'committed');
  expect(repeated.length).toBeGreaterThan(rolledBack().steps.filter(({ step }) => step === 'committed').length);
  expect(judged({ ...atLeastOnce(rolledBack()), job: rolledBack().job })).toEqual(['aborted-read', 'duplicate']);
});

it('of an at-least-once sink nothing is lost at a completed checkpoint, and nothing comes that was not written so often', () => {
  const good = atLeastOnce(plain());
  expect(judged(first(good, () => []))[0]).toBe('lost');
  expect(judged(first(good, (step) => [step, step]))[0]).toBe('duplicate');
  expect(judged(first(good, (step) => [step, shown(event('z', 0))]))[0]).toBe('invented');
});
