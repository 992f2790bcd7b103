/** A function of the job throws: is it the job's mistake, or has the engine given it something else than it should have? */
import { expect, it } from 'vitest';
import {
  defineJob,
  int32,
  logSink,
  logSource,
  noWatermarks,
  record,
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

function signatures(numbers: readonly number[], parts: Parts): readonly string[] {
  const topics = { in: [numbers.map((n) => ({ key: 'k', n }))] };
  const scenario: Scenario = {
    id: 'counting',
    states: '',
    parameters: [],
    build: () => ({ job, topics, confluent: false }),
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
