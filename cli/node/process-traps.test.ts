import crypto, { randomBytes, randomFillSync, randomInt, randomUUID } from 'node:crypto';
import { hrtime } from 'node:process';
import { expect, it } from 'vitest';
import { JobFault } from '../../core/job-fault.ts';
import { trapModules } from './module-traps.ts';
import { withProcessTraps } from './process-traps.ts';

const CALLS: Readonly<Record<string, () => unknown>> = {
  'process.hrtime()': () => process.hrtime(),
  'process.hrtime.bigint()': () => process.hrtime.bigint(),
  'process.uptime()': () => process.uptime(),
  'crypto.randomUUID()': () => randomUUID(),
  'crypto.randomBytes()': () => randomBytes(4),
  'crypto.randomInt()': () => randomInt(9),
  'crypto.randomFillSync()': () => randomFillSync(new Uint8Array(4)),
};

it.each(Object.entries(CALLS))('%s is refused while a run is on, and only then', (name, call) => {
  trapModules();
  trapModules();
  expect(() => withProcessTraps(call)).toThrow(JobFault);
  expect(() => withProcessTraps(call)).toThrow(
    `${name} was called in a simulated run: a run cannot be repeated by it: use ctx.`,
  );
  expect(() => withProcessTraps(() => crypto.randomBytes(1))).toThrow(JobFault);
  expect(call).not.toThrow();
  expect(hrtime.bigint()).toBeGreaterThan(0n);
});
