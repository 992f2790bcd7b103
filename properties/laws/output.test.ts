import { fromBytes } from '../../core/values/serializers.ts';
import { event, JSON_TYPE } from '../model/testing/turns.ts';
import { anomaliesOf, INPUT, plain, provesLaw, windows } from '../testing/jobs.ts';
import { type History, judge } from '../testing/listen.ts';
import type { OutputOracle } from '../plan/expects.ts';
import { expect, it } from 'vitest';
import { output } from './output.ts';

/** What an honest run of the windows commits. */
const HONEST = plain().steps.flatMap((step) =>
  step.step === 'committed' ? [fromBytes(JSON_TYPE, step.record.bytes)] : [],
);

function expecting(oracle: OutputOracle, history = plain()): History {
  return { ...history, expects: { output: oracle } };
}
const honest = (): History => expecting(() => ({ out: HONEST }));

provesLaw(output, {
  missing: { accepts: honest, rejects: () => expecting(() => ({ out: [...HONEST, { key: 'z', start: 0, sum: 1 }] })) },
  surplus: { accepts: honest, rejects: () => expecting(() => ({ out: HONEST.slice(1) })) },
  threw: {
    accepts: honest,
    rejects: () =>
      expecting(() => {
        throw new Error('no such user');
      }),
  },
  malformed: { accepts: honest, rejects: () => expecting(() => ({ elsewhere: [] })) },
});

it('an oracle that returns a promise is told so: it would be one that was asked about nothing', () => {
  const late = expecting(() => Promise.resolve({ out: HONEST }) as never);
  expect(anomaliesOf(output, late)).toEqual(['malformed']);
});

it('a value that is expected twice must be committed twice', () => {
  expect(
    anomaliesOf(
      output,
      expecting(() => ({ out: [...HONEST, HONEST[0]] })),
    ),
  ).toEqual(['missing']);
});

it('the input is what was read, partition by partition', () => {
  let seen: unknown;
  judge(
    expecting((input) => {
      seen = input;
      return { out: HONEST };
    }),
  );
  expect(seen).toEqual({ in: INPUT.flat() });
});

/** The watermark of both splits is past the window and its lateness when the last element comes. */
function withLate(): History {
  const input = [[event('a', 1), event('b', 60), event('a', 2)], [event('b', 61)]];
  return windows([], { input: { in: input } })
    .start()
    .read(0)
    .read(0)
    .read(1)
    .drain()
    .read(0)
    .drain()
    .checkpoint(1)
    .finish(2).history;
}

it('a run with late records is judged only by an author who asks for them', () => {
  const one = expecting(() => ({ out: [] }), withLate());
  expect(anomaliesOf(output, one)).toEqual([]);
  let late: unknown;
  const two = expecting((_input, detail) => {
    late = detail.late;
    return { out: [] };
  }, withLate());
  expect(anomaliesOf(output, two)).toEqual(['surplus']);
  expect(late).toMatchObject([{ operator: 'sums', value: event('a', 2) }]);
});

it('says nothing of at-least-once checkpoints', () => {
  const history = plain();
  const checkpointing = { ...history.checkpointing, mode: 'at-least-once' as const };
  expect(anomaliesOf(output, { ...expecting(() => ({ out: [] })), checkpointing })).toEqual([]);
});
