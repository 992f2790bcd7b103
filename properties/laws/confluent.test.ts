import { expect, it } from 'vitest';
import type { KeyedProcessFunction } from '../../core/job/functions.ts';
import type { ValueDescriptor } from '../../core/job/states.ts';
import { BY_KEY, event, type Event, FORWARD, job, process, sink, source } from '../model/testing/turns.ts';
import { ALARMS, ALARMS_TAPE, anomaliesOf, crashed, plain, provesLaw, windows } from '../testing/jobs.ts';
import { type History, mapSteps } from '../testing/listen.ts';
import { Script } from '../testing/script.ts';
import { confluent } from './confluent.ts';

const declared = (history: History): History => ({ ...history, expects: { confluent: true } });

/** In order of event time: nothing is late. */
const honest = (): History =>
  declared(
    windows([[event('a', 1), event('b', 12)], [event('b', 2)]])
      .start()
      .read(1)
      .read(0)
      .read(0)
      .drain()
      .checkpoint(1)
      .finish(2).history,
  );

/** The last element of each key is what is emitted in the end: a matter of which comes last. */
function lastWins(): History {
  const last: ValueDescriptor<unknown> = { kind: 'value', name: 'last', type: { kind: 'json' } };
  const remember = (): KeyedProcessFunction<string, Event, unknown> => ({
    processElement(value, ctx) {
      ctx.getState(last).update(value);
      ctx.timerService.registerEventTimeTimer(100);
    },
    onTimer(_at, ctx, out) {
      out.collect(ctx.getState(last).value());
    },
  });
  const writes = job({ in: source('in'), keep: process(remember), out: sink('out') }, [
    ['in', 'keep', BY_KEY],
    ['keep', 'out', FORWARD],
  ]);
  const script = new Script({
    job: writes,
    input: { in: [[event('a', 1)], [event('a', 2)]] },
    parallelism: { in: 2, keep: 1, out: 1 },
  });
  return declared(script.start().read(0).read(1).drain().checkpoint(1).finish(2).history);
}

provesLaw(confluent, {
  differs: {
    accepts: honest,
    rejects: () => {
      let first = true;
      return mapSteps(honest(), (step) => {
        if (step.step !== 'committed' || !first) return step;
        first = false;
        return undefined;
      });
    },
  },
  partitions: { accepts: honest, rejects: lastWins },
  refused: {
    accepts: honest,
    rejects: () => {
      const script = new Script({
        job: ALARMS,
        input: { in: [[event('a', 1)]] },
        parallelism: { in: 1, alarms: 1, out: 1 },
        tape: ALARMS_TAPE,
      });
      return declared(script.start().read(0).drain().checkpoint(1).finish(2).history);
    },
  },
});

it('is not asked of runs with late records', () => {
  expect(anomaliesOf(confluent, declared(plain()))).toEqual([]);
  expect(anomaliesOf(confluent, declared(crashed()))).toEqual([]);
});
