/**
 * What every `LogBroker` promises. A clause gets a broker with two topics: `input`, one bounded partition that holds a, b
 * and c; `output`, two empty partitions that may grow. Left out: unknown outcomes, time-outs, death.
 */
import type { LogBroker, Producer, Written } from '../../../core/ports.ts';
import type { Coroutine, Pending } from '../../../core/waiting.ts';
import { bytes, failure, same, text } from '../../contract.ts';
import type { Clause } from '../../contract.ts';

const WRITTEN = { kind: 'written' } as const;
const REFUSED = { kind: 'refused' } as const;

const reading: readonly Clause<LogBroker>[] = [
  {
    law: 'a topic has the partitions that it was made with',
    *check(log) {
      same([yield* log.partitions('input'), yield* log.partitions('output')], [1, 2], 'partitions');
    },
  },
  {
    law: 'a topic or partition that is not there is an IoError',
    *check(log) {
      const producer = yield* log.producer('p');
      same(yield* failure(log.partitions('nothing'), 'partitions'), 'IoError', 'partitions of a topic');
      same(yield* failure(log.fetch('nothing', 0, 0, 1), 'fetch'), 'IoError', 'fetch from a topic');
      same(yield* failure(log.fetch('input', 7, 0, 1), 'fetch'), 'IoError', 'fetch from a partition');
      same(yield* failure(producer.append('t', 'nothing', 0, [bytes('x')]), 'append'), 'IoError', 'append to a topic');
      same(
        yield* failure(producer.append('t', 'input', 0, [bytes('x')]), 'append'),
        'IoError',
        'append to a bounded one',
      );
      same(yield* log.transactions(''), [], 'transactions that these appends have opened');
    },
  },
  {
    law: 'a partition is read from any offset, at most so many records at once',
    *check(log) {
      same(yield* read(log, 'input', 0, 0, 2), ['0=a', '1=b'], 'from 0, at most 2');
      same(yield* read(log, 'input', 0, 1, 9), ['1=b', '2=c'], 'from 1, at most 9');
    },
  },
  {
    law: 'a bounded partition says where it ends, and answers at its end; another one says -1',
    *check(log) {
      same((yield* log.fetch('input', 0, 0, 1)).endOffset, 3, 'end offset before the end');
      same(yield* log.fetch('input', 0, 3, 9), { records: [], endOffset: 3 }, 'at the end');
      yield* committed(log, 't', [bytes('x')]);
      same((yield* log.fetch('output', 0, 0, 9)).endOffset, -1, 'end offset of one that may grow');
    },
  },
  {
    law: 'a fetch waits until a record at or after its offset is committed',
    *check(log) {
      yield* committed(log, 't1', [bytes('before')]);
      const fetched = log.fetch('output', 0, 1, 9);
      const producer = yield* log.producer('p');
      yield* producer.append('t2', 'output', 0, [bytes('x')]);
      yield* producer.prepare('t2');
      same(fetched.settled, false, 'answered before the commit');
      yield* producer.commit('t2');
      same((yield* fetched).records, [{ offset: 1, bytes: bytes('x') }], 'records');
    },
  },
];

const isolation: readonly Clause<LogBroker>[] = [
  {
    law: 'open and prepared transactions are hidden, and what is committed behind them too (last stable offset)',
    *check(log) {
      const [p, q] = [yield* log.producer('p'), yield* log.producer('q')];
      yield* p.append('slow', 'output', 0, [bytes('slow')]);
      yield* written(q, 'fast', [bytes('fast')]);
      const fetched = log.fetch('output', 0, 0, 9);
      yield* p.prepare('slow');
      yield* log.partitions('output');
      same(fetched.settled, false, 'answered while the first transaction was undecided');
      yield* p.commit('slow');
      same(
        (yield* fetched).records.map(({ bytes: of }) => text(of)),
        ['slow', 'fast'],
        'in order of append',
      );
    },
  },
  {
    law: 'aborted records are skipped and leave a gap in the offsets',
    *check(log) {
      const producer = yield* log.producer('p');
      yield* producer.append('bad', 'output', 0, [bytes('x'), bytes('y')]);
      yield* written(producer, 'good', [bytes('z')]);
      const fetched = log.fetch('output', 0, 0, 9);
      same(yield* producer.abort('bad'), WRITTEN, 'abort');
      same((yield* fetched).records, [{ offset: 2, bytes: bytes('z') }], 'records');
    },
  },
  {
    law: 'a commit is atomic over partitions',
    *check(log) {
      const producer = yield* log.producer('p');
      yield* producer.append('t', 'output', 0, [bytes('x')]);
      yield* producer.append('t', 'output', 1, [bytes('y')]);
      yield* producer.prepare('t');
      yield* producer.commit('t');
      same(yield* read(log, 'output', 0, 0, 9), ['0=x'], 'partition 0');
      same(yield* read(log, 'output', 1, 0, 9), ['0=y'], 'partition 1');
    },
  },
  {
    law: 'the requests of a producer take effect in the order of the calls',
    *check(log) {
      const producer = yield* log.producer('p');
      const answers = ['a', 'b', 'c'].map((value) => producer.append('t', 'output', 0, [bytes(value)]));
      answers.push(producer.prepare('t'), producer.commit('t'));
      for (const answer of answers) same(yield* answer, WRITTEN, 'answer');
      same(yield* read(log, 'output', 0, 0, 9), ['0=a', '1=b', '2=c'], 'records');
    },
  },
];

const transactions: readonly Clause<LogBroker>[] = [
  {
    law: 'commit, abort and prepare are idempotent',
    *check(log) {
      const producer = yield* log.producer('p');
      yield* producer.append('t', 'output', 0, [bytes('x')]);
      same([yield* producer.prepare('t'), yield* producer.prepare('t')], [WRITTEN, WRITTEN], 'prepare');
      same([yield* producer.commit('t'), yield* producer.commit('t')], [WRITTEN, WRITTEN], 'commit');
      same(yield* producer.abort('t'), REFUSED, 'abort of a committed one');
      yield* producer.append('u', 'output', 0, [bytes('y')]);
      same([yield* producer.abort('u'), yield* producer.abort('u')], [WRITTEN, WRITTEN], 'abort');
      same(yield* producer.abort('never opened'), WRITTEN, 'abort of one that was never opened');
      yield* written(producer, 'v', [bytes('z')]);
      same(yield* read(log, 'output', 0, 0, 9), ['0=x', '2=z'], 'records');
    },
  },
  {
    law: 'only a prepared transaction is committed; an aborted one never is',
    *check(log) {
      const producer = yield* log.producer('p');
      same(yield* producer.commit('never opened'), REFUSED, 'commit of one that was never opened');
      yield* producer.append('t', 'output', 0, [bytes('x')]);
      same(yield* producer.commit('t'), REFUSED, 'commit of an open one');
      yield* producer.abort('t');
      same(yield* producer.prepare('t'), REFUSED, 'prepare of an aborted one');
      same(yield* producer.commit('t'), REFUSED, 'commit of an aborted one');
    },
  },
  {
    law: 'a transaction that is not open takes no record',
    *check(log) {
      const producer = yield* log.producer('p');
      const append = (id: string): Pending<Written> => producer.append(id, 'output', 0, [bytes('x')]);
      yield* append('t');
      yield* producer.prepare('t');
      same(yield* append('t'), REFUSED, 'append to a prepared one');
      yield* producer.commit('t');
      same(yield* append('t'), REFUSED, 'append to a committed one');
      yield* append('u');
      yield* producer.abort('u');
      same(yield* append('u'), REFUSED, 'append to an aborted one');
    },
  },
  {
    law: 'a fenced producer is refused, and nothing that it asks for happens',
    *check(log) {
      const old = yield* log.producer('p');
      yield* old.append('open', 'output', 0, [bytes('o')]);
      yield* old.append('ready', 'output', 1, [bytes('r')]);
      yield* old.prepare('ready');
      const young = yield* log.producer('p');
      same(young.epoch, old.epoch + 1, 'epoch');
      same(yield* old.append('open', 'output', 0, [bytes('more')]), REFUSED, 'append');
      same(yield* old.append('new', 'output', 0, [bytes('n')]), REFUSED, 'append to a new one');
      same(yield* old.prepare('open'), REFUSED, 'prepare');
      same(yield* old.commit('ready'), REFUSED, 'commit');
      same(yield* old.abort('ready'), REFUSED, 'abort');
      same(
        (yield* log.transactions('')).map(({ id, state }) => [id, state]),
        [
          ['open', 'open'],
          ['ready', 'prepared'],
        ],
        'transactions',
      );
    },
  },
  {
    law: 'raising an epoch fences that owner alone',
    *check(log) {
      const [p, q] = [yield* log.producer('p'), yield* log.producer('q')];
      yield* log.producer('p');
      same(yield* q.append('t', 'output', 0, [bytes('x')]), WRITTEN, 'append of the other owner');
      same(yield* p.append('u', 'output', 0, [bytes('x')]), REFUSED, 'append of the fenced one');
    },
  },
  {
    law: 'a prepared transaction outlives its producer: a younger one, also of another owner, commits or aborts it',
    *check(log) {
      const old = yield* log.producer('p');
      for (const [id, value] of [
        ['t', 'x'],
        ['u', 'y'],
      ] as const) {
        yield* old.append(id, 'output', 0, [bytes(value)]);
        yield* old.prepare(id);
      }
      yield* log.producer('p');
      const other = yield* log.producer('q');
      same(yield* other.commit('t'), WRITTEN, 'commit');
      same(yield* other.abort('u'), WRITTEN, 'abort');
      same(yield* read(log, 'output', 0, 0, 9), ['0=x'], 'records');
    },
  },
  {
    law: 'an open transaction is written and prepared by its own producer only; anybody may abort it',
    *check(log) {
      const old = yield* log.producer('p');
      yield* old.append('t', 'output', 0, [bytes('x')]);
      const [young, other] = [yield* log.producer('p'), yield* log.producer('q')];
      for (const producer of [young, other]) {
        same(yield* producer.append('t', 'output', 0, [bytes('y')]), REFUSED, 'append');
        same(yield* producer.prepare('t'), REFUSED, 'prepare');
      }
      same(yield* other.abort('t'), WRITTEN, 'abort');
      same(yield* log.transactions(''), [], 'transactions');
    },
  },
  {
    law: 'transactions are listed by prefix, in order of id, while they are open or prepared',
    *check(log) {
      const producer = yield* log.producer('p');
      for (const id of ['s/9', 's/10', 'r/1', 's/2', 's/3']) yield* producer.append(id, 'output', 0, [bytes(id)]);
      yield* producer.prepare('s/9');
      yield* producer.prepare('s/2');
      yield* producer.commit('s/2');
      yield* producer.abort('s/3');
      same(
        yield* log.transactions('s/'),
        [
          { id: 's/10', owner: 'p', state: 'open' },
          { id: 's/9', owner: 'p', state: 'prepared' },
        ],
        'transactions',
      );
    },
  },
];

export const brokerContract: readonly Clause<LogBroker>[] = [...reading, ...isolation, ...transactions];

/** Appends to `output[0]`, prepares, commits. */
function* written(producer: Producer, id: string, records: readonly Uint8Array[]): Coroutine<void> {
  same(yield* producer.append(id, 'output', 0, records), WRITTEN, `append to ${id}`);
  same(yield* producer.prepare(id), WRITTEN, `prepare of ${id}`);
  same(yield* producer.commit(id), WRITTEN, `commit of ${id}`);
}

function* committed(log: LogBroker, id: string, records: readonly Uint8Array[]): Coroutine<void> {
  yield* written(yield* log.producer('p'), id, records);
}

/** One fetch, as "offset=value". */
function* read(log: LogBroker, topic: string, partition: number, from: number, max: number): Coroutine<string[]> {
  const { records } = yield* log.fetch(topic, partition, from, max);
  return records.map(({ offset, bytes: of }) => `${offset}=${text(of)}`);
}
