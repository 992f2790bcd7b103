import { expect, it } from 'vitest';
import type { TransactionInfo } from '../../core/ports.ts';
import { changeImage, changeSubtasks, drop, fact, type History, insertAfter, type Step } from '../testing/listen.ts';
import { anomaliesOf, crashed, INPUT, plain, provesLaw, windows } from '../testing/jobs.ts';
import { transactions } from './transactions.ts';

/** At the end the broker still has a transaction in this state. */
function left(state: TransactionInfo['state']): History {
  const history = plain();
  const step: Step = { step: 'transactions', transactions: [{ id: 'test/out/0/1/9', owner: 'test/out/0', state }] };
  return { ...history, steps: history.steps.toSpliced(-1, 0, step) };
}

provesLaw(transactions, {
  'committed-unprepared': {
    accepts: plain,
    rejects: () => drop(plain(), 'transactionPrepared', () => true),
  },
  'committed-uncovered': {
    accepts: plain,
    rejects: () =>
      windows(INPUT).start().read(0).read(1).read(0).read(1).drain().trigger(1).drain().notify(1).complete(1).finish(2)
        .history,
  },
  'not-stored': {
    accepts: crashed,
    rejects: () =>
      changeImage(plain(), 2, (image) => changeSubtasks(image, 'out', (subtask) => ({ ...subtask, pending: [] }))),
  },
  'aborted-covered': {
    accepts: crashed,
    rejects: () =>
      insertAfter(
        plain(),
        'transactionCommitted',
        () => true,
        ({ task, sink, transaction }) => fact('transactionAborted', { task, sink, transaction }),
      ),
  },
  'left-open': { accepts: plain, rejects: () => left('open') },
  'left-prepared': { accepts: plain, rejects: () => left('prepared') },
});

it('a number that a completed checkpoint has gone beyond covers nothing: its image must name the transaction', () => {
  const record = { topic: 'out', partition: 0, offset: 99, bytes: new Uint8Array(), transaction: 'test/out/0/1/9' };
  const prepared = insertAfter(
    plain(),
    'transactionPrepared',
    () => true,
    ({ task, sink }) =>
      fact('transactionPrepared', {
        task: { ...task, attempt: 0 },
        sink,
        checkpoint: 1,
        transaction: record.transaction,
      }),
  );
  const visible = insertAfter(
    prepared,
    'checkpointCompleted',
    ({ checkpoint }) => checkpoint === 2,
    () => ({ step: 'committed', record }),
  );
  expect(anomaliesOf(transactions, prepared)).toEqual([]);
  expect(anomaliesOf(transactions, visible)).toContain('committed-uncovered');
});
