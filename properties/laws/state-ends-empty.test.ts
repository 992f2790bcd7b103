import type { KeyedProcessFunction } from '../../core/job/functions.ts';
import type { ValueDescriptor } from '../../core/job/states.ts';
import { BY_KEY, event, type Event, FORWARD, job, process, sink, source } from '../model/testing/turns.ts';
import { provesLaw } from '../testing/jobs.ts';
import type { History } from '../testing/listen.ts';
import { Script } from '../testing/script.ts';
import { stateEndsEmpty } from './state-ends-empty.ts';

const held: ValueDescriptor<number> = { kind: 'value', name: 'held', type: { kind: 'int32' } };

/** Each element is remembered; what is left behind in the end is up to the test. */
function remembering(leaves: 'nothing' | 'state' | 'a timer'): History {
  const remember = (): KeyedProcessFunction<string, Event, unknown> => ({
    processElement(value, ctx, out) {
      ctx.getState(held).update(value.n);
      if (leaves !== 'state') ctx.getState(held).clear();
      if (leaves === 'a timer') ctx.timerService.registerProcessingTimeTimer(1_000_000);
      out.collect(value);
    },
    onTimer: () => undefined,
  });
  const remembers = job({ in: source('in'), keep: process(remember), out: sink('out') }, [
    ['in', 'keep', BY_KEY],
    ['keep', 'out', FORWARD],
  ]);
  const script = new Script({
    job: remembers,
    input: { in: [[event('a', 1), event('b', 2)]] },
    parallelism: { in: 1, keep: 1, out: 1 },
  });
  const { history } = script.start().read(0).read(0).drain().checkpoint(1).finish(2);
  return { ...history, expects: { stateEndsEmpty: true } };
}

provesLaw(stateEndsEmpty, {
  state: { accepts: () => remembering('nothing'), rejects: () => remembering('state') },
  timers: { accepts: () => remembering('nothing'), rejects: () => remembering('a timer') },
});
