import fc from 'fast-check';
import { expect, it } from 'vitest';
import { defineJob, int32, type JobSpec, logSink, logSource, noWatermarks } from '../../../core/api/index.ts';
import { CheckError } from '../../../properties/check/errors.ts';
import { inOwnFolder } from './testing/own-folder.ts';
import './vitest.ts';

const copying = (of: (n: number) => number): JobSpec =>
  defineJob('copy', (env) => {
    env
      .fromSource(logSource({ topic: 'in', type: int32, bounded: true }), {
        uid: 'in',
        watermarks: noWatermarks({ timestamp: () => 0 }),
      })
      .map(of, int32)
      .sinkTo(logSink({ topic: 'out', type: int32 }), { uid: 'out' });
  });
const options = {
  input: { in: fc.nat(99) },
  output: (input: { readonly in: readonly number[] }) => ({ out: input.in }),
  seed: 'matcher',
  runs: 6,
};

inOwnFolder();

it('expect(job).toBeExactlyOnce(options) is check, at the line of the test', () => {
  expect(copying((n) => n)).toBeExactlyOnce(options);
  let thrown: unknown;
  try {
    expect(copying((n) => n + 1)).toBeExactlyOnce(options);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(CheckError);
  expect(String(thrown)).toContain('FALSIFIED  copy   law: output');
  expect(thrown instanceof CheckError && thrown.stack).toMatch(/\n +at .*vitest\.test\.ts/);
  expect(() => expect(copying((n) => n)).not.toBeExactlyOnce(options)).toThrow('has no meaning');
});
