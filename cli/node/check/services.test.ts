import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  defineJob,
  externalService,
  int32,
  type JobSpec,
  logSink,
  logSource,
  noWatermarks,
  record,
  string,
} from '../../../core/api/index.ts';
import { check } from './check.ts';
import { inOwnFolder } from './testing/own-folder.ts';

const named = record({ user: int32, name: string });
const users = externalService({ name: 'users', requestType: int32, responseType: string });

/** Gives each user a name; `forgetful`: where there is no answer in time it says nothing. */
function job(forgetful: boolean): JobSpec {
  return defineJob('names', (env) => {
    env
      .fromSource(logSource({ topic: 'users', type: int32 }), {
        uid: 'users',
        watermarks: noWatermarks({ timestamp: () => 0 }),
      })
      .rebalance()
      .asyncWait(
        users,
        () => ({
          request: (user: number) => user,
          answer: (user, name, out) => {
            out.collect({ user, name });
          },
          ...(forgetful ? { timeout: () => undefined } : {}),
        }),
        named,
        {
          uid: 'names',
          mode: 'unordered',
          capacity: 4,
          timeoutMs: 60,
          retry: { retries: 5, delayMs: 5, multiplier: 2 },
        },
      )
      .sinkTo(logSink({ topic: 'names', type: named }), { uid: 'out' });
  });
}

const options = {
  input: { users: fc.nat(9) },
  services: { users: (user: number) => `user ${user}` },
  runs: 12,
  timeLimitMs: 20_000,
} as const;

inOwnFolder();

describe('a check of a job that asks a service', () => {
  it('holds if what it commits follows from records and answers', () => {
    const output = ({ users: all }: { readonly users: readonly number[] }) => ({
      names: all.map((user) => ({ user, name: `user ${user}` })),
    });
    expect(() => check(job(false), { ...options, output, confluent: true, seed: 'held' })).not.toThrow();
  });

  it('finds that a record without an answer in time is left out', () => {
    const output = ({ users: all }: { readonly users: readonly number[] }) => ({
      names: all.map((user) => ({ user, name: `user ${user}` })),
    });
    expect(() => check(job(true), { ...options, output, runs: 60, seed: 'forgetful' })).toThrow('law: output');
  });

  it('needs the service, as a function, and none that the job does not ask', () => {
    const { services: _, ...without } = options;
    expect(() => check(job(false), { ...without, confluent: true })).toThrow(
      'operator names asks the service users; give services: { users: (request) => ... }',
    );
    const others = { ...options.services, prices: () => 1 };
    expect(() => check(job(false), { ...options, services: others, confluent: true })).toThrow(
      'services has prices, which the job does not ask; it asks users',
    );
  });
});
