import type { KeyedProcessFunction } from '../../core/job/functions.ts';
import type { Facts } from '../../core/facts.ts';
import type { ValueDescriptor } from '../../core/job/states.ts';
import { BY_KEY, event, type Event, FORWARD, job, process, sink, source } from '../model/testing/turns.ts';
import { provesLaw } from '../testing/jobs.ts';
import { fact, type History, insertAfter } from '../testing/listen.ts';
import { Script } from '../testing/script.ts';
import { queries } from './queries.ts';

const last: ValueDescriptor<number> = { kind: 'value', name: 'last', type: { kind: 'int32' } };

/** The last number of each key; 0 clears it. Key a has 1, 2, and after a restore 3. */
function history(): History {
  const remember = (): KeyedProcessFunction<string, Event, unknown> => ({
    processElement({ n }, ctx) {
      if (n === 0) ctx.getState(last).clear();
      else ctx.getState(last).update(n);
    },
  });
  const remembers = job({ in: source('in'), keep: process(remember), out: sink('out') }, [
    ['in', 'keep', BY_KEY],
    ['keep', 'out', FORWARD],
  ]);
  const input = [[event('a', 1, 1), event('a', 2, 2), event('b', 3, 9), event('a', 4, 3), event('b', 5, 0)]];
  const script = new Script({ job: remembers, input: { in: input }, parallelism: { in: 1, keep: 1, out: 1 } });
  return script.start().read(0).read(0).read(0).drain().checkpoint(1).start(1).read(0).read(0).drain().finish(2)
    .history;
}

type Reply = Partial<Facts['queryAnswered']>;
const turn = (attempt: number, key: string, n: number) => (one: Facts['recordProcessed']) =>
  one.task.vertex === 'keep' &&
  one.task.attempt === attempt &&
  JSON.stringify(one.value).includes(`"${key}"`) &&
  (one.value as { readonly n: number }).n === n;

/** Asked behind the turn of the first record, answered behind that of the second. */
function query(
  key: string,
  asked: ReturnType<typeof turn>,
  answered: ReturnType<typeof turn>,
  reply: Reply,
  state = 'last',
): History {
  const ended = (h: History, at: ReturnType<typeof turn>, step: ReturnType<typeof fact>): History => {
    let reached = false;
    const index = h.steps.findIndex((one) => {
      if (one.step !== 'fact') return false;
      if (one.kind === 'recordProcessed' && at(one.fact)) reached = true;
      return reached && one.kind === 'turnEnded';
    });
    return { ...h, steps: h.steps.toSpliced(index + 1, 0, step) };
  };
  const question = fact('queryAsked', { query: 1, operator: 'keep', state, key });
  const answer = {
    query: 1,
    answeredBy: 1,
    error: undefined,
    value: undefined,
    now: 0,
    asked: undefined,
    moved: false,
    ...reply,
  };
  return ended(ended(history(), answered, fact('queryAnswered', answer)), asked, question);
}
const [a1, a2, b9, a3, b0] = [turn(1, 'a', 1), turn(1, 'a', 2), turn(1, 'b', 9), turn(2, 'a', 3), turn(2, 'b', 0)];

provesLaw(queries, {
  value: {
    // What it had at first, in between, and at last; in the newer attempt what was restored, too.
    accepts: () => query('a', a1, a2, { value: 1 }),
    rejects: () => query('a', a2, b9, { value: 1 }),
  },
  'unknown-key': {
    accepts: () => query('b', a3, b0, { answeredBy: 2, error: 'unknown-key' }),
    rejects: () => query('b', b9, b9, { error: 'unknown-key' }),
  },
  'unknown-state': {
    accepts: () => query('a', a1, a2, { error: 'unknown-state' }, 'first'),
    rejects: () => query('a', a1, a2, { error: 'unknown-state' }),
  },
  attempt: {
    accepts: () => query('a', b9, a3, { answeredBy: 2, value: 2 }),
    rejects: () => query('a', a1, a2, { answeredBy: 2, value: 2 }),
  },
  elsewhere: {
    nothingToCompare: true,
    // Of another attempt nobody knows how many subtasks it has.
    accepts: () => query('a', b9, a3, { error: 'not-running', asked: { attempt: 1, subtask: 1 } }),
    rejects: () => query('a', a1, a2, { error: 'not-running', asked: { attempt: 1, subtask: 1 } }),
  },
  unasked: {
    accepts: () => query('a', a1, a2, { value: 2 }),
    rejects: () =>
      insertAfter(
        query('a', a1, a2, { value: 2 }),
        'queryAnswered',
        () => true,
        (answer) => fact('queryAnswered', answer),
      ),
  },
});
