/** Timers of a keyed process function, of event time and of processing time: the engine's operator and the model. */
import { z } from 'zod';
import { anyOrderOfKeys, defineFamily, type Output } from '../family.ts';
import { keyedProcess, type SubjectKind } from '../timers.ts';

const op = z.tuple([z.enum(['r', 'd', 'rp', 'dp']), z.number()]);
const schema = z.object({
  name: z.string(),
  config: z.object({ onTimer: z.record(z.string(), z.array(op)) }),
  input: z.array(
    z.union([
      z.tuple([z.literal('e'), z.string(), z.number().nullable(), z.array(op)]),
      z.tuple([z.enum(['w', 'pt']), z.number()]),
    ]),
  ),
  expected: z.array(z.array(z.unknown())),
});
type TimerCase = z.infer<typeof schema>;

function answer(kind: SubjectKind) {
  return ({ config, input }: TimerCase): readonly Output[] => {
    const clock = { now: 0 };
    const subject = keyedProcess(kind, new Map(Object.entries(config.onTimer)), clock);
    return input.flatMap((item, step): Output[] => {
      const turn = (): ReturnType<typeof subject.advance> => {
        if (item[0] === 'e') {
          return subject.element(1, { key: item[1], ops: item[3], label: 'e' }, item[2] ?? undefined);
        }
        if (item[0] === 'w') return subject.advance(item[1]);
        clock.now = item[1];
        return subject.time(item[1]);
      };
      return turn().map(([value, timestamp]) => [step, ...value, ...(timestamp === undefined ? [] : [timestamp])]);
    });
  };
}

const family = (name: string) =>
  defineFamily<TimerCase>({
    name,
    schema,
    subjects: [
      { name: 'engine', answer: answer('engine') },
      { name: 'model', answer: answer('model') },
    ],
    excuses: [],
    canonical: anyOrderOfKeys(2, (output) => output[3]),
  });

export const timers = [family('event-timers'), family('processing-timers')];
