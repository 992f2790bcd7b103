import { expect, it } from 'vitest';
import type { Probe } from '../../core/facts.ts';
import { smoke } from '../../scenarios/jobs/smoke.ts';
import type { Law } from '../laws/law.ts';
import type { Mark } from '../marks/mark.ts';
import { expand } from '../plan/generate.ts';
import { signatureOf } from '../outcome.ts';
import { run } from './run.ts';

const plan = { ...expand(smoke, 'own'), incidents: [] };
const law = (listen: Law['listen']): Law => ({ name: 'mine', states: '', anomalies: ['odd'], listen });
const mark = (name: string, listen: Mark['listen']): Mark => ({ name, rarity: 1, condition: '', listen });
const judged = (laws: readonly Law[], marks: readonly Mark[] = []) => run(smoke, plan, { own: { laws, marks } });
const signatures = (laws: readonly Law[]): readonly string[] =>
  judged(laws).violations.map(({ law: name, anomaly, place, message }) => `${name}/${anomaly}/${place}: ${message}`);

it('a law of a project listens, judges at the end, and breaks a run; the run itself stays the same', () => {
  let checkpoints = 0;
  const outcome = judged([
    law((world) => ({
      probe: { checkpointCompleted: () => void (checkpoints += 1) },
      settled: () => world.violated({ law: 'mine', anomaly: 'odd', place: 'here', message: 'is odd', evidence: [] }),
    })),
  ]);
  expect(checkpoints).toBe(outcome.counters.checkpointsCompleted);
  expect(outcome.verdict).toBe('fail');
  expect(outcome.violations).toMatchObject([{ law: 'mine', anomaly: 'odd', place: 'here', message: 'is odd' }]);
  expect(outcome.digest).toBe(run(smoke, plan).digest);
});

it('what it throws is its own fault, wherever it throws, and never the fault of the engine', () => {
  const boom = (): never => {
    throw new Error('boom');
  };
  const threw = ['mine/threw/law: the law itself failed: Error: boom'];
  expect(signatures([law(boom)])).toEqual(threw);
  expect(signatures([law(() => ({ probe: {}, settled: boom }))])).toEqual(threw);
  const [first, ...others] = signatures([law(() => ({ probe: { recordArrived: boom, sinkWritten: boom } }))]);
  expect([first]).toEqual(threw);
  expect(others).toEqual([]);
});

it('an async law is told so: what it finds later nobody hears, and it must not end the process', () => {
  const late = (): never => Promise.reject(new Error('late')) as never;
  const hears = law(() => ({ probe: { sinkWritten: late } }));
  const settles = law(() => ({ probe: {}, settled: late }));
  for (const one of [law(late), hears, settles])
    expect(signatures([one])).toEqual([
      'mine/threw/law: the law itself failed: Error: it returned a promise; facts are heard synchronously, so it must not be async',
    ]);
});

it('a mark of a project is reported among the others; probes may be objects of classes', () => {
  class Seen implements Probe {
    readonly #reached: () => void;
    constructor(reached: () => void) {
      this.#reached = reached;
    }
    checkpointCompleted(): void {
      this.#reached();
    }
  }
  const outcome = judged([], [mark('aaa', (_, reached) => new Seen(reached)), mark('never', () => ({}))]);
  expect(outcome.verdict).toBe('pass');
  expect(outcome.marks).toContain('aaa');
  expect(outcome.marks).not.toContain('never');
  expect(outcome.marks).toEqual([...outcome.marks].sort());
});

it('a run can end with the violation that it is asked for; what it has drawn until then shows it again, to the end', () => {
  const odd = law((world) => ({
    probe: {
      checkpointCompleted: ({ checkpoint }) => {
        const violation = { law: 'mine', anomaly: 'odd', place: `at ${checkpoint}`, message: '', evidence: [] };
        if (checkpoint === 1) world.violated(violation);
      },
    },
  }));
  const own = { laws: [odd], marks: [] };
  const signaturesOf = (outcome: ReturnType<typeof run>): readonly string[] => outcome.violations.map(signatureOf);
  const whole = run(smoke, plan, { own, judged: false, recordOverrides: true });
  expect(signaturesOf(whole)).toEqual(['mine/odd/at 1']);
  const cut = run(smoke, plan, { own, judged: false, recordOverrides: true, until: 'mine/odd/at 1' });
  expect([cut.verdict, ...signaturesOf(cut)]).toEqual(['fail', 'mine/odd/at 1']);
  expect(cut.counters.events).toBeLessThan(whole.counters.events);
  expect(cut.overrides?.length).toBeLessThan(whole.overrides?.length ?? 0);
  const again = run(smoke, { ...plan, choices: { explicit: cut.overrides ?? [] } }, { own, judged: false });
  expect(signaturesOf(again)).toContain('mine/odd/at 1');
  const other = run(smoke, plan, { own, judged: false, until: 'mine/odd/never' });
  expect(other.digest).toBe(whole.digest);
});
