/** A function of the job throws: is it the job's mistake, or has the engine given it something else than it should have? */
import { expect, it } from 'vitest';
import {
  defineJob,
  int32,
  type JobSpec,
  type KeyedProcessFunction,
  logSink,
  logSource,
  noWatermarks,
  record,
  reducingState,
  string,
  type TypeOf,
  valueState,
} from '../../core/api/index.ts';
import { defaultParts, type Parts } from '../../core/parts.ts';
import { signatureOf } from '../outcome.ts';
import type { Scenario } from '../plan/scenario.ts';
import { withMembers } from '../testing/with-members.ts';
import { run } from './run.ts';

const event = record({ key: string, n: int32 });
const seen = valueState('seen', int32);

/** Numbers of a key come in order, and it throws if one before is not in its state. */
const job = defineJob('counting', (env) => {
  env
    .fromSource(logSource({ topic: 'in', type: event }), {
      uid: 'in',
      watermarks: noWatermarks({ timestamp: () => 0 }),
    })
    .keyBy((e) => e.key, string)
    .process(
      () => ({
        processElement(e: TypeOf<typeof event>, ctx, out) {
          const state = ctx.getState(seen);
          if ((state.value() ?? 0) !== e.n - 1) throw new Error(`${e.n} comes after ${String(state.value())}`);
          state.update(e.n);
          out.collect(e);
        },
      }),
      event,
      { uid: 'count' },
    )
    .sinkTo(logSink({ topic: 'out', type: event }))
    .uid('out');
});

function signatures(numbers: readonly number[], parts: Parts, of: JobSpec = job): readonly string[] {
  const topics = { in: [numbers.map((n) => ({ key: 'k', n }))] };
  const scenario: Scenario = {
    id: 'counting',
    states: '',
    parameters: [],
    build: () => ({ job: of, topics, confluent: false }),
    generate: () => topics,
    recordArbitrary: () => {
      throw new Error('not used');
    },
  };
  const plan = {
    scenario: 'counting',
    config: {},
    workload: { kind: 'explicit', topics },
    incidents: [],
    choices: { explicit: [] },
  } as const;
  return run(scenario, plan, { parts }).violations.map(signatureOf);
}

/** A backend that reads nothing where the number 1 is stored. */
const FORGETFUL: Parts = {
  ...defaultParts,
  stateBackend: {
    ...defaultParts.stateBackend,
    create: (env) => {
      const backend = defaultParts.stateBackend.create(env);
      return withMembers(backend, {
        table: (name, type) => {
          const table = backend.table(name, type);
          return withMembers(table, {
            get: (namespace) => {
              const value = table.get(namespace);
              return value === 1 ? undefined : value;
            },
          });
        },
      });
    },
  },
};

it('of a healthy engine nothing is said', () => {
  expect(signatures([1, 2, 3], defaultParts)).toEqual([]);
});

it('it is the job’s if it throws in the model, too', () => {
  expect(signatures([1, 3], defaultParts)).toEqual(['job/threw/count']);
});

it('it is the engine’s if it does not throw in the model', () => {
  const found = signatures([1, 2, 3], FORGETFUL);
  expect(found).toContain('re-execution/threw/count');
  expect(found.filter((signature) => signature.startsWith('job/'))).toEqual([]);
});

// ---- what a function hands over

const entry = record({ n: int32, next: int32 });
const last = valueState('last', entry);

const next = valueState('next', entry);
/** Undefined after one without its last field, or without a number. */
const folded = reducingState(
  'folded',
  entry,
  (a, b): TypeOf<typeof entry> => [b].filter(() => a.next > 0 && b.n > 0)[0] as TypeOf<typeof entry>,
);

/** Hands over what follows from a field of the state, or what is wrong whatever is in it. */
function handing(over: 'state' | 'output' | 'timer' | 'undefined' | 'result', wrong: boolean): JobSpec {
  type Fn = KeyedProcessFunction<string, TypeOf<typeof event>, TypeOf<typeof event>>;
  const fn = (): Fn => ({
    processElement(e, ctx, out) {
      const before = ctx.getState(last).value();
      const due = wrong && e.n > 1 ? NaN : before === undefined ? e.n : before.next;
      ctx.getState(last).update({ n: e.n, next: over === 'state' ? due + 1 : e.n + 1 });
      // Undefined, where the field is missing: what the types of the job say cannot be.
      const there: readonly TypeOf<typeof entry>[] =
        Number.isNaN(due) || due === undefined ? [] : [{ n: e.n, next: e.n + 1 }];
      if (over === 'undefined') ctx.getState(next).update(there[0] as TypeOf<typeof entry>);
      if (over === 'result') ctx.getState(folded).add({ n: wrong ? 0 : e.n, next: e.n + 1 });
      if (over === 'timer') ctx.timerService.registerEventTimeTimer(due);
      out.collect(over === 'output' ? { ...e, n: due } : e);
    },
    onTimer: () => undefined,
  });
  return defineJob('handing', (env) => {
    env
      .fromSource(logSource({ topic: 'in', type: event }), {
        uid: 'in',
        watermarks: noWatermarks({ timestamp: () => 0 }),
      })
      .keyBy((e) => e.key, string)
      .process(fn, event, { uid: 'hand' })
      .sinkTo(logSink({ topic: 'out', type: event }), { uid: 'out' });
  });
}

/** A backend that gives back records without their last field, as one does that has not migrated them. */
const UNMIGRATED: Parts = {
  ...defaultParts,
  stateBackend: {
    ...defaultParts.stateBackend,
    create: (env) => {
      const backend = defaultParts.stateBackend.create(env);
      return withMembers(backend, {
        table: (name, type) => {
          const table = backend.table(name, type);
          return withMembers(table, {
            get: (namespace) => {
              const value: unknown = table.get(namespace);
              return (typeof value === 'object' && value !== null ? { n: 1 } : value) as ReturnType<typeof table.get>;
            },
          });
        },
      });
    },
  },
};

it.each(['state', 'output', 'timer', 'undefined', 'result'] as const)(
  'a value that is wrong only in the engine is the engine’s: %s',
  (over) => {
    expect(signatures([1, 2, 3], defaultParts, handing(over, false))).toEqual([]);
    const found = signatures([1, 2, 3], UNMIGRATED, handing(over, false));
    expect(found).toContain('re-execution/threw/hand');
    expect(found.filter((signature) => signature.startsWith('job/'))).toEqual([]);
    const kinds = {
      timer: 'timer',
      undefined: 'state',
      result: 'bad-result',
      state: 'not-of-type',
      output: 'not-of-type',
    };
    const kind = kinds[over];
    expect(signatures([1, 2, 3], defaultParts, handing(over, true))).toEqual([`job/${kind}/hand`]);
  },
);
