import { expect, it } from 'vitest';
import { defineJob, int32, logSink, logSource, noWatermarks } from './api/index.ts';
import { EngineBug, IoError, JobError, messageOf } from './errors.ts';
import { ForeignJob, requireMadeHere } from './origin.ts';
import { MADE_BY, otherCopy, THIS_COPY } from './version.ts';

const job = defineJob('copy', (env) => {
  env
    .fromSource(logSource({ topic: 'in', type: int32, bounded: true }), {
      uid: 'in',
      watermarks: noWatermarks({ timestamp: (n) => n }),
    })
    .sinkTo(logSink({ topic: 'out', type: int32 }), { uid: 'out' });
});
const OTHER = { version: '9.9.9', from: 'file:///elsewhere/index.js' };

it('a job of this copy is run, and so is one that was written by hand', () => {
  expect(Reflect.get(job, MADE_BY)).toBe(THIS_COPY);
  requireMadeHere(job);
  requireMadeHere({ ...job, name: 'another name' });
  requireMadeHere({ name: 'by hand', nodes: job.nodes, edges: job.edges });
});

it('a job of another copy is refused by name, with both places and what to do, even at the same version', () => {
  const foreign = (copy: unknown) => () => {
    const mark = { [MADE_BY]: copy };
    requireMadeHere({ ...job, ...mark });
  };
  expect(foreign(OTHER)).toThrow(ForeignJob);
  expect(foreign(OTHER)).toThrow(
    /^job "copy" was made by millrace 9\.9\.9 \(file:\/\/\/elsewhere\/index\.js\) and is run by millrace .*npm ls millrace/,
  );
  expect(foreign({ ...THIS_COPY })).toThrow(ForeignJob);
  expect(foreign({})).toThrow(/made by millrace of an unknown version \(an unknown place\)/);
});

it('an error of another copy says so in its message; ours do not, and no value makes it throw', () => {
  for (const error of [new JobError('x'), new IoError('x'), new EngineBug('x')]) {
    expect(otherCopy(error)).toBeUndefined();
    expect(messageOf(error)).toBe(`${error.name}: x`);
  }
  const theirs = Object.defineProperty(new Error('gone'), MADE_BY, { value: OTHER });
  expect(messageOf(theirs)).toMatch(/^Error: gone \(thrown by another copy of millrace, 9\.9\.9 at file:/);
  const hostile = new Proxy(
    {},
    {
      get: () => {
        throw new Error('no');
      },
    },
  );
  for (const value of [hostile, null, undefined, 7, 'text', { [MADE_BY]: 3 }]) expect(otherCopy(value)).toBeUndefined();
});
